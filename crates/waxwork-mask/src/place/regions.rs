//! Countries and their regions: what a made-up place has of the real world, so that state, post code and country agree.
//!
//! Names and codes of ISO 3166-1 and 3166-2; post codes by the ranges that each country's post gives the region. Towns
//! and streets in them are made up.

/// A country of the dictionaries.
pub(super) struct Country {
    pub(super) name: &'static str,
    /// ISO 3166-1, of two and of three letters.
    pub(super) codes: [&'static str; 2],
    pub(super) regions: &'static [Region],
}

/// A region's name, its code, and a format of its post codes: `#` a digit, `$` a letter.
pub(super) struct Region(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

/// The country of a locale, by its folded name.
pub(super) fn of_locale(locale: &str) -> &'static Country {
    match locale {
        "en_gb" => &BRITAIN,
        "cy_gb" => &WALES,
        "de_de" => &GERMANY,
        "fr_fr" => &FRANCE,
        "it_it" => &ITALY,
        "nl_nl" => &NETHERLANDS,
        "pt_br" => &BRAZIL,
        "pt_pt" => &PORTUGAL,
        "tr_tr" => &TURKEY,
        "ar_sa" => &SAUDI_ARABIA,
        "fa_ir" => &IRAN,
        "ja_jp" => &JAPAN,
        "zh_cn" => &CHINA,
        "zh_tw" => &TAIWAN,
        _ => &AMERICA,
    }
}

static AMERICA: Country = Country {
    name: "United States",
    codes: ["US", "USA"],
    regions: &[
        Region("Arizona", "AZ", "85###"),
        Region("California", "CA", "92###"),
        Region("Colorado", "CO", "80###"),
        Region("Florida", "FL", "33###"),
        Region("Georgia", "GA", "30###"),
        Region("Illinois", "IL", "62###"),
        Region("Indiana", "IN", "46###"),
        Region("Iowa", "IA", "50###"),
        Region("Kentucky", "KY", "40###"),
        Region("Louisiana", "LA", "70###"),
        Region("Massachusetts", "MA", "01###"),
        Region("Michigan", "MI", "48###"),
        Region("Minnesota", "MN", "55###"),
        Region("Missouri", "MO", "63###"),
        Region("New Jersey", "NJ", "07###"),
        Region("New York", "NY", "12###"),
        Region("North Carolina", "NC", "28###"),
        Region("Ohio", "OH", "44###"),
        Region("Oklahoma", "OK", "74###"),
        Region("Oregon", "OR", "97###"),
        Region("Pennsylvania", "PA", "17###"),
        Region("Tennessee", "TN", "37###"),
        Region("Texas", "TX", "77###"),
        Region("Virginia", "VA", "23###"),
        Region("Washington", "WA", "98###"),
        Region("Wisconsin", "WI", "54###"),
    ],
};

static BRITAIN: Country = Country {
    name: "United Kingdom",
    codes: ["GB", "GBR"],
    regions: &[
        Region("Cumbria", "CMA", "CA# #$$"),
        Region("Devon", "DEV", "EX# #$$"),
        Region("Fife", "FIF", "KY# #$$"),
        Region("Gwynedd", "GWN", "LL## #$$"),
        Region("Highland", "HLD", "IV# #$$"),
        Region("Kent", "KEN", "CT# #$$"),
        Region("Lancashire", "LAN", "PR# #$$"),
        Region("Norfolk", "NFK", "NR# #$$"),
        Region("Oxfordshire", "OXF", "OX# #$$"),
        Region("Surrey", "SRY", "GU# #$$"),
    ],
};

static WALES: Country = Country {
    name: "Y Deyrnas Unedig",
    codes: ["GB", "GBR"],
    regions: &[
        Region("Abertawe", "ATA", "SA1 #$$"),
        Region("Caerdydd", "CRD", "CF# #$$"),
        Region("Ceredigion", "CGN", "SY## #$$"),
        Region("Gwynedd", "GWN", "LL## #$$"),
        Region("Powys", "POW", "LD# #$$"),
        Region("Sir Benfro", "BNF", "SA6# #$$"),
    ],
};

static GERMANY: Country = Country {
    name: "Deutschland",
    codes: ["DE", "DEU"],
    regions: &[
        Region("Baden-Württemberg", "BW", "72###"),
        Region("Bayern", "BY", "84###"),
        Region("Berlin", "BE", "10###"),
        Region("Brandenburg", "BB", "15###"),
        Region("Bremen", "HB", "28###"),
        Region("Hamburg", "HH", "20###"),
        Region("Hessen", "HE", "35###"),
        Region("Mecklenburg-Vorpommern", "MV", "18###"),
        Region("Niedersachsen", "NI", "29###"),
        Region("Nordrhein-Westfalen", "NW", "44###"),
        Region("Rheinland-Pfalz", "RP", "55###"),
        Region("Saarland", "SL", "66###"),
        Region("Sachsen", "SN", "01###"),
        Region("Sachsen-Anhalt", "ST", "39###"),
        Region("Schleswig-Holstein", "SH", "24###"),
        Region("Thüringen", "TH", "99###"),
    ],
};

static FRANCE: Country = Country {
    name: "France",
    codes: ["FR", "FRA"],
    regions: &[
        Region("Auvergne-Rhône-Alpes", "ARA", "69###"),
        Region("Bourgogne-Franche-Comté", "BFC", "21###"),
        Region("Bretagne", "BRE", "35###"),
        Region("Centre-Val de Loire", "CVL", "45###"),
        Region("Grand Est", "GES", "67###"),
        Region("Hauts-de-France", "HDF", "59###"),
        Region("Île-de-France", "IDF", "77###"),
        Region("Normandie", "NOR", "14###"),
        Region("Nouvelle-Aquitaine", "NAQ", "33###"),
        Region("Occitanie", "OCC", "31###"),
        Region("Pays de la Loire", "PDL", "44###"),
        Region("Provence-Alpes-Côte d'Azur", "PAC", "13###"),
    ],
};

static ITALY: Country = Country {
    name: "Italia",
    codes: ["IT", "ITA"],
    regions: &[
        Region("Campania", "72", "80###"),
        Region("Emilia-Romagna", "45", "40###"),
        Region("Lazio", "62", "00###"),
        Region("Liguria", "42", "16###"),
        Region("Lombardia", "25", "20###"),
        Region("Piemonte", "21", "10###"),
        Region("Puglia", "75", "70###"),
        Region("Sardegna", "88", "09###"),
        Region("Sicilia", "82", "90###"),
        Region("Toscana", "52", "50###"),
        Region("Umbria", "55", "06###"),
        Region("Veneto", "34", "30###"),
    ],
};

static NETHERLANDS: Country = Country {
    name: "Nederland",
    codes: ["NL", "NLD"],
    regions: &[
        Region("Drenthe", "DR", "94## $$"),
        Region("Flevoland", "FL", "82## $$"),
        Region("Fryslân", "FR", "89## $$"),
        Region("Gelderland", "GE", "68## $$"),
        Region("Groningen", "GR", "97## $$"),
        Region("Limburg", "LI", "62## $$"),
        Region("Noord-Brabant", "NB", "50## $$"),
        Region("Noord-Holland", "NH", "10## $$"),
        Region("Overijssel", "OV", "75## $$"),
        Region("Utrecht", "UT", "35## $$"),
        Region("Zeeland", "ZE", "43## $$"),
        Region("Zuid-Holland", "ZH", "25## $$"),
    ],
};

static BRAZIL: Country = Country {
    name: "Brasil",
    codes: ["BR", "BRA"],
    regions: &[
        Region("Amazonas", "AM", "690##-###"),
        Region("Bahia", "BA", "41###-###"),
        Region("Ceará", "CE", "61###-###"),
        Region("Goiás", "GO", "74###-###"),
        Region("Minas Gerais", "MG", "31###-###"),
        Region("Pará", "PA", "66###-###"),
        Region("Paraná", "PR", "81###-###"),
        Region("Pernambuco", "PE", "51###-###"),
        Region("Rio de Janeiro", "RJ", "22###-###"),
        Region("Rio Grande do Sul", "RS", "91###-###"),
        Region("Santa Catarina", "SC", "88###-###"),
        Region("São Paulo", "SP", "13###-###"),
    ],
};

static PORTUGAL: Country = Country {
    name: "Portugal",
    codes: ["PT", "PRT"],
    regions: &[
        Region("Aveiro", "01", "38##-###"),
        Region("Braga", "03", "47##-###"),
        Region("Coimbra", "06", "30##-###"),
        Region("Évora", "07", "70##-###"),
        Region("Faro", "08", "80##-###"),
        Region("Leiria", "10", "24##-###"),
        Region("Lisboa", "11", "11##-###"),
        Region("Porto", "13", "41##-###"),
        Region("Setúbal", "15", "29##-###"),
        Region("Viseu", "18", "35##-###"),
    ],
};

static TURKEY: Country = Country {
    name: "Türkiye",
    codes: ["TR", "TUR"],
    regions: &[
        Region("Adana", "01", "01###"),
        Region("Ankara", "06", "06###"),
        Region("Antalya", "07", "07###"),
        Region("Bursa", "16", "16###"),
        Region("Eskişehir", "26", "26###"),
        Region("Gaziantep", "27", "27###"),
        Region("İstanbul", "34", "34###"),
        Region("İzmir", "35", "35###"),
        Region("Kayseri", "38", "38###"),
        Region("Konya", "42", "42###"),
        Region("Samsun", "55", "55###"),
        Region("Trabzon", "61", "61###"),
    ],
};

static SAUDI_ARABIA: Country = Country {
    name: "المملكة العربية السعودية",
    codes: ["SA", "SAU"],
    regions: &[
        Region("الرياض", "01", "1####"),
        Region("مكة المكرمة", "02", "2####"),
        Region("المدينة المنورة", "03", "4####"),
        Region("الشرقية", "04", "3####"),
        Region("القصيم", "05", "5####"),
        Region("عسير", "14", "6####"),
    ],
};

static IRAN: Country = Country {
    name: "ایران",
    codes: ["IR", "IRN"],
    regions: &[
        Region("آذربایجان شرقی", "03", "51########"),
        Region("خوزستان", "06", "61########"),
        Region("فارس", "07", "71########"),
        Region("خراسان رضوی", "09", "91########"),
        Region("اصفهان", "10", "81########"),
        Region("تهران", "23", "11########"),
    ],
};

static JAPAN: Country = Country {
    name: "日本",
    codes: ["JP", "JPN"],
    regions: &[
        Region("北海道", "01", "06#-####"),
        Region("宮城県", "04", "98#-####"),
        Region("東京都", "13", "15#-####"),
        Region("神奈川県", "14", "22#-####"),
        Region("愛知県", "23", "46#-####"),
        Region("京都府", "26", "60#-####"),
        Region("大阪府", "27", "53#-####"),
        Region("広島県", "34", "73#-####"),
        Region("福岡県", "40", "81#-####"),
        Region("沖縄県", "47", "90#-####"),
    ],
};

static CHINA: Country = Country {
    name: "中国",
    codes: ["CN", "CHN"],
    regions: &[
        Region("北京市", "BJ", "100###"),
        Region("上海市", "SH", "200###"),
        Region("广东省", "GD", "510###"),
        Region("四川省", "SC", "610###"),
        Region("浙江省", "ZJ", "310###"),
        Region("湖北省", "HB", "430###"),
        Region("山东省", "SD", "250###"),
        Region("陕西省", "SN", "710###"),
        Region("辽宁省", "LN", "110###"),
        Region("福建省", "FJ", "350###"),
    ],
};

static TAIWAN: Country = Country {
    name: "臺灣",
    codes: ["TW", "TWN"],
    regions: &[
        Region("臺北市", "TPE", "10#"),
        Region("新北市", "NWT", "22#"),
        Region("宜蘭縣", "ILA", "26#"),
        Region("桃園市", "TAO", "33#"),
        Region("臺中市", "TXG", "40#"),
        Region("臺南市", "TNN", "70#"),
        Region("高雄市", "KHH", "80#"),
        Region("花蓮縣", "HUA", "97#"),
    ],
};
