//! Given names by gender, which `fake` does not tell apart: common ones of each language, in ASCII, collected for this
//! project from everyday use. A locale that is not here has one list for all.

/// Names of women and of men in a language, blanks between them.
pub(super) struct Given {
    pub(super) female: &'static str,
    pub(super) male: &'static str,
}

/// The lists of a locale, by its folded name.
pub(super) fn of_locale(locale: &str) -> Option<&'static Given> {
    Some(match locale {
        "en" | "en_us" | "en_gb" => &ENGLISH,
        "de_de" => &GERMAN,
        "fr_fr" => &FRENCH,
        "it_it" => &ITALIAN,
        "nl_nl" => &DUTCH,
        "pt_br" | "pt_pt" => &PORTUGUESE,
        "tr_tr" => &TURKISH,
        _ => return None,
    })
}

static ENGLISH: Given = Given {
    female: "\
        Abigail Alice Alison Amanda Amber Amelia Amy Andrea Angela Anna Anne April Audrey Ava Barbara Beth \
        Beverly Brenda Bridget Carol Caroline Catherine Charlotte Cheryl Chloe Christine Claire Clara Cynthia \
        Daisy Deborah Denise Diana Donna Doris Dorothy Edith Eileen Elaine Eleanor Elizabeth Ella Ellen Emily \
        Emma Erin Esther Evelyn Faith Fiona Florence Frances Gemma Georgia Gillian Gina Gloria Grace Hannah \
        Harriet Hazel Heather Helen Holly Hope Irene Isabel Ivy Jacqueline Jane Janet Jasmine Jean Jennifer \
        Jessica Joan Joanna Josephine Joyce Judith Julia June Karen Kate Kathleen Kimberly Laura Lauren Leah \
        Linda Lisa Louise Lucy Lydia Margaret Maria Martha Mary Matilda Megan Melissa Mia Michelle Mildred Molly \
        Monica Nancy Naomi Natalie Nicole Nina Nora Olivia Pamela Patricia Paula Penelope Phoebe Rachel Rebecca \
        Rita Rose Ruby Ruth Sally Samantha Sandra Sarah Sharon Sheila Sophie Stella Susan Sylvia Tamara Teresa \
        Tina Valerie Vanessa Vera Victoria Violet Virginia Vivian Wendy Yvonne Zoe",
    male: "\
        Aaron Adam Adrian Alan Albert Alexander Alfred Andrew Anthony Archie Arthur Barry Benjamin Bernard \
        Bradley Brandon Brian Bruce Bryan Calvin Carl Charles Christopher Clifford Colin Connor Craig Curtis \
        Daniel Darren David Dean Dennis Derek Desmond Dominic Donald Douglas Duncan Dylan Earl Edgar Edmund \
        Edward Edwin Elliot Eric Ernest Ethan Eugene Evan Felix Francis Frank Frederick Gareth Gary Gavin \
        Geoffrey George Gerald Gilbert Gordon Graham Gregory Guy Harold Harry Harvey Henry Herbert Howard Hugh \
        Ian Isaac Jack Jacob James Jason Jeffrey Jeremy Joel John Jonathan Jordan Joseph Joshua Julian Justin \
        Keith Kenneth Kevin Lawrence Leo Leonard Lewis Liam Louis Lucas Luke Malcolm Marcus Mark Martin Matthew \
        Maurice Max Michael Nathan Neil Nicholas Nigel Noah Norman Oliver Oscar Owen Patrick Paul Peter Philip \
        Ralph Raymond Reginald Richard Robert Rodney Roger Ronald Roy Russell Ryan Samuel Scott Sean Sidney \
        Simon Stanley Stephen Stuart Terence Theodore Thomas Timothy Toby Trevor Victor Vincent Walter Warren \
        William",
};

static GERMAN: Given = Given {
    female: "\
        Alexandra Alina Angela Angelika Anja Anke Anna Anneliese Annette Antje Astrid Barbara Beate Bettina \
        Birgit Brigitte Britta Carina Carola Charlotte Christa Christiane Christina Claudia Cornelia Dagmar \
        Daniela Diana Doris Dorothea Edith Elfriede Elisabeth Elke Ella Emilia Emma Erika Eva Frauke Frieda \
        Gabriele Gerda Gertrud Gisela Greta Gudrun Hannah Hannelore Hedwig Heidi Heike Helene Helga Henriette \
        Hildegard Ida Ilse Ina Inge Ingrid Irene Irmgard Jana Jasmin Johanna Julia Juliane Jutta Karin Karla \
        Katharina Kathrin Katja Kerstin Lara Laura Lea Lena Leonie Lieselotte Lina Luise Magdalena Maike Manuela \
        Margarete Maria Marianne Marie Marion Marlene Martina Mathilde Melanie Miriam Monika Nadine Nadja Nele \
        Nicole Nina Paula Petra Regina Renate Rita Rosemarie Ruth Sabine Sandra Sarah Silke Silvia Simone Sonja \
        Sophie Stefanie Susanne Svenja Tanja Theresa Ulrike Ursula Ute Vanessa Vera Verena Waltraud Wiebke \
        Yvonne",
    male: "\
        Albert Alexander Alfred Andreas Anton Armin Arne Artur August Axel Benedikt Benjamin Bernd Bernhard \
        Bruno Carsten Christian Christoph Clemens Cornelius Daniel David Dennis Detlef Dieter Dietmar Dirk \
        Dominik Eberhard Eckhard Edgar Emil Erich Ernst Erwin Eugen Fabian Felix Ferdinand Finn Florian Frank \
        Franz Friedrich Fritz Georg Gerd Gerhard Gregor Gustav Hannes Hans Harald Hartmut Heiko Heinrich Heinz \
        Helmut Henning Henrik Herbert Hermann Holger Horst Hubert Ingo Jakob Jan Jannik Jens Joachim Johann \
        Johannes Jonas Josef Julian Julius Kai Karl Karsten Kevin Klaus Konrad Konstantin Kurt Lars Leon Leonard \
        Lorenz Lothar Ludwig Lukas Manfred Marcel Marco Markus Martin Matthias Max Maximilian Michael Moritz \
        Niklas Norbert Olaf Oliver Oskar Otto Patrick Paul Peter Philipp Rainer Ralf Reinhard Richard Robert \
        Roland Rolf Rudolf Sebastian Siegfried Simon Stefan Steffen Sven Theodor Thomas Thorsten Tim Tobias Tom \
        Torben Ulrich Uwe Valentin Viktor Volker Walter Werner Wilhelm Winfried Wolfgang Wolfram",
};

static FRENCH: Given = Given {
    female: "\
        Adele Agathe Agnes Albane Alice Alix Amandine Anais Anne Annick Arlette Audrey Aurelie Aurore Beatrice \
        Brigitte Camille Capucine Carole Caroline Catherine Cecile Celine Chantal Charlotte Chloe Christelle \
        Christine Claire Clemence Colette Coralie Corinne Delphine Denise Diane Edith Elise Elodie Emilie Emma \
        Estelle Fabienne Florence Genevieve Ghislaine Helene Ines Isabelle Jacqueline Jeanne Josette Julie \
        Juliette Justine Laetitia Laure Lea Louise Lucie Madeleine Manon Margaux Marie Marine Martine Mathilde \
        Melanie Mireille Monique Nathalie Noemie Odette Pascale Pauline Sabine Sandrine Simone Solange Sophie \
        Suzanne Sylvie Therese Valerie Veronique Virginie Yvette",
    male: "\
        Adrien Alain Albert Alexandre Alexis Andre Antoine Antonin Armand Arnaud Arthur Aurelien Baptiste \
        Bastien Benoit Bernard Bertrand Bruno Cedric Charles Christian Christophe Clement Cyril Damien Daniel \
        David Denis Didier Dominique Edouard Emile Emmanuel Eric Etienne Fabien Fabrice Fernand Florian Franck \
        Francois Frederic Gaspard Gautier Georges Gerard Gilles Gregoire Guillaume Guy Henri Hugo Jacques Jean \
        Jerome Joel Jules Julien Laurent Leon Lionel Loic Louis Luc Lucas Ludovic Marc Marcel Mathieu Maurice \
        Maxime Michel Nicolas Noel Olivier Pascal Patrick Paul Philippe Pierre Quentin Raphael Raymond Regis \
        Remi Rene Robert Roger Romain Sylvain Theo Thibault Thierry Thomas Valentin Victor Vincent Xavier Yves",
};

static ITALIAN: Given = Given {
    female: "\
        Alessandra Alessia Alice Angela Anita Anna Annalisa Arianna Aurora Barbara Beatrice Benedetta Bianca \
        Camilla Carla Carlotta Caterina Cecilia Chiara Cinzia Claudia Cristina Daniela Debora Diana Donatella \
        Elena Eleonora Elisa Emanuela Emma Erica Federica Fiorella Flavia Franca Francesca Gabriella Giada \
        Ginevra Gioia Giorgia Giovanna Giulia Grazia Greta Ilaria Irene Isabella Laura Letizia Lidia Lorenza \
        Lucia Luisa Maddalena Manuela Margherita Maria Marina Marta Martina Matilde Melissa Michela Miriam \
        Monica Nadia Nicoletta Noemi Ornella Paola Patrizia Raffaella Rebecca Rita Roberta Rosa Sabrina Sara \
        Serena Silvia Simona Sofia Sonia Stefania Teresa Tiziana Valentina Valeria Vera Veronica Viola Vittoria",
    male: "\
        Alberto Aldo Alessandro Alessio Alfredo Andrea Angelo Antonio Armando Arturo Augusto Bruno Carlo Cesare \
        Claudio Corrado Cristiano Daniele Dario Davide Diego Domenico Edoardo Elia Emanuele Emilio Enrico \
        Ernesto Ettore Eugenio Fabio Fabrizio Federico Ferdinando Filippo Flavio Francesco Franco Gabriele \
        Gaetano Giacomo Gianluca Gianni Giorgio Giovanni Giulio Giuseppe Guido Ignazio Ivan Jacopo Leonardo \
        Lorenzo Luca Luciano Luigi Manuel Marcello Marco Mario Massimo Matteo Maurizio Michele Mirko Nicola \
        Oreste Paolo Pasquale Pietro Raffaele Renato Riccardo Roberto Rocco Ruggero Salvatore Samuele Sandro \
        Sergio Silvio Simone Stefano Tommaso Umberto Valerio Vincenzo Vito Vittorio Walter",
};

static DUTCH: Given = Given {
    female: "\
        Aafke Amber Anita Anke Anna Annelies Anouk Astrid Babette Bianca Carla Carolien Charlotte Claudia Corrie \
        Daphne Diana Elise Ellen Els Emma Esther Eva Evelien Femke Fleur Floor Frederique Geertje Gerda Hanneke \
        Heleen Henriette Hilde Ilse Ineke Inge Ingrid Irene Iris Jacqueline Janneke Jasmijn Johanna Jolanda \
        Josien Judith Julia Karin Kim Laura Lianne Lieke Linda Lisa Loes Lotte Maaike Maartje Marga Margriet \
        Maria Marieke Marijke Marjolein Marleen Mieke Miranda Mirjam Monique Nienke Noor Patricia Petra Renske \
        Rianne Roos Sanne Saskia Simone Sofie Suzanne Sylvia Tess Thea Tineke Truus Vera Wendy Wilma Yvonne",
    male: "\
        Aart Adriaan Albert Alexander Anton Arie Arjan Arnold Arthur Bart Bas Ben Bernard Bert Boudewijn Bram \
        Casper Christiaan Coen Cornelis Daan Dennis Dirk Douwe Eelco Emiel Erik Evert Ferdinand Floris Frank \
        Freek Gerard Gerrit Gijs Guus Hans Harm Hendrik Henk Herman Hidde Hugo Jaap Jacob Jan Jasper Jelle \
        Jeroen Jesse Joep Johan Joost Joris Jurgen Kees Klaas Koen Lars Leendert Lennart Luuk Maarten Marcel \
        Marinus Marius Mark Martijn Maurits Menno Michiel Niels Nico Olaf Paul Peter Pieter Reinier Rembrandt \
        Rik Rob Robin Roel Ruben Rutger Ruud Sander Sem Sjoerd Stefan Steven Teun Theo Thijs Tijmen Tim Tom \
        Victor Wessel Willem Wim Wouter",
};

static PORTUGUESE: Given = Given {
    female: "\
        Adriana Alessandra Alice Aline Amanda Ana Andreia Angela Antonia Aparecida Barbara Beatriz Bianca Bruna \
        Camila Carla Carolina Catarina Cecilia Clara Claudia Cristina Daniela Debora Diana Eduarda Elaine Elisa \
        Emilia Ester Eva Fabiana Fatima Fernanda Filipa Flavia Francisca Gabriela Giovana Gloria Helena Ines \
        Irene Isabel Isadora Janaina Joana Josefa Juliana Larissa Laura Leonor Leticia Lucia Luciana Luisa Luiza \
        Madalena Mafalda Manuela Marcia Margarida Maria Mariana Marina Marta Matilde Melissa Monica Natalia \
        Olivia Patricia Paula Priscila Rafaela Raquel Regina Renata Rita Rosa Sandra Sara Silvia Simone Sofia \
        Sonia Susana Tatiana Teresa Valentina Vanessa Vera Veronica Vitoria",
    male: "\
        Adriano Afonso Alberto Alexandre Alfredo Andre Antonio Arnaldo Artur Augusto Benedito Bernardo Bruno \
        Caio Carlos Cesar Claudio Daniel David Davi Diego Diogo Duarte Edson Eduardo Emanuel Enzo Fabio Felipe \
        Fernando Filipe Flavio Francisco Gabriel Geraldo Gilberto Goncalo Guilherme Gustavo Heitor Helder \
        Henrique Hugo Igor Ivo Joaquim Jorge Jose Julio Leandro Leonardo Lourenco Lucas Luis Manuel Marcelo \
        Marcio Marcos Mario Martim Mateus Mauricio Miguel Murilo Nelson Nuno Otavio Paulo Pedro Rafael Raimundo \
        Raul Renato Ricardo Roberto Rodrigo Rogerio Ruben Rui Salvador Samuel Santiago Sebastiao Sergio Simao \
        Tiago Tomas Vasco Vicente Vinicius Vitor Wagner Wilson",
};

static TURKISH: Given = Given {
    female: "\
        Ahu Arzu Asli Asya Aylin Aysel Ayten Banu Belgin Berna Bilge Buket Canan Cansu Damla Defne Deniz Derya \
        Didem Dilek Duygu Ece Ela Elif Emine Esra Fatma Feride Filiz Fulya Gamze Gonca Hacer Hale Handan Hande \
        Hatice Hilal Irem Jale Kadriye Lale Leyla Melek Melike Meltem Meral Merve Mine Nalan Nazan Nermin Nesrin \
        Nihal Nil Nur Nuray Oya Pelin Perihan Pinar Reyhan Saadet Seda Selin Sema Serap Sevgi Sevil Sibel Simge \
        Tuba Tulay Yasemin Yeliz Zehra Zeynep",
    male: "\
        Adem Adnan Ahmet Ali Alper Arda Atilla Baran Batuhan Bekir Berk Bora Burak Can Cem Cemal Cengiz Cihan \
        Davut Demir Ege Ekrem Emir Emre Ender Engin Ercan Erdem Erhan Erkan Erol Ersin Faruk Fatih Ferhat Fikret \
        Fuat Halil Haluk Hamza Harun Hasan Ibrahim Ilhan Ismail Kaan Kadir Kemal Kenan Kerem Koray Levent Mehmet \
        Melih Mert Metin Murat Mustafa Nihat Okan Onur Orhan Osman Ozan Polat Ramazan Rasim Recep Salih Sedat \
        Selim Serdar Serkan Sinan Suat Tahir Tamer Tarik Tolga Ufuk Umut Vedat Volkan Yasin Yavuz Yusuf Zafer",
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A list that changes re-pseudonymises people unseen.
    #[test]
    fn the_lists_are_those_of_the_version() {
        let mut hasher = blake3::Hasher::new();
        for given in [&ENGLISH, &GERMAN, &FRENCH, &ITALIAN, &DUTCH, &PORTUGUESE, &TURKISH] {
            let [female, male] = [given.female, given.male].map(|list| {
                list.split_whitespace()
                    .inspect(|name| {
                        hasher.update(name.as_bytes()).update(b"\n");
                    })
                    .collect::<BTreeSet<&str>>()
            });
            assert!(female.len() > 64 && male.len() > 64 && female.is_disjoint(&male));
            assert!(female.union(&male).all(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic())));
        }
        assert_eq!(&*hasher.finalize().to_hex(), LISTS_HASH);
    }

    const LISTS_HASH: &str = "793f7f53083f2eb71a97fe59ace777e7e98cd61491586faad7b7bc83edda950e";
}
