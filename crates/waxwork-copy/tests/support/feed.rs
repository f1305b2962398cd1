//! The codec fed a stream in chunks, so that its rows can be laid beside the twin's.

use waxwork_copy::{BatchBuilder, CodecError, RawBatch, RowCursor, Wire};

use super::twin::Row;

/// All rows of a stream that comes in chunks of so many bytes (the last size goes on for ever) and leaves in batches of
/// at least `batch_bytes`.
pub(crate) fn rows(
    wire: Wire,
    stream: &[u8],
    chunks: &[usize],
    batch_bytes: usize,
) -> Result<Vec<Row>, CodecError> {
    let mut builder = BatchBuilder::new(wire, batch_bytes);
    let mut rows = Vec::new();
    let mut sizes = chunks.iter().copied();
    let mut size = stream.len();
    let mut rest = stream;
    while !rest.is_empty() {
        size = sizes.next().unwrap_or(size).clamp(1, stream.len());
        let (chunk, later) = rest.split_at(size.min(rest.len()));
        builder.push(chunk)?;
        if let Some(batch) = builder.take_full() {
            assert!(batch.bytes().len() >= batch_bytes, "a batch that is not full was taken");
            add_rows(&batch, &mut rows)?;
        }
        rest = later;
    }
    if let Some(batch) = builder.finish()? {
        add_rows(&batch, &mut rows)?;
    }
    Ok(rows)
}

/// Adds a batch's rows, and checks what a batch and a cursor promise about ranges and counts.
fn add_rows(batch: &RawBatch, rows: &mut Vec<Row>) -> Result<(), CodecError> {
    let bytes = batch.bytes();
    let mut cursor = RowCursor::new(batch);
    let mut fields = Vec::new();
    let mut end = 0;
    while cursor.next_row(&mut fields)? {
        assert_eq!(cursor.row().start, end, "rows leave a gap");
        end = cursor.row().end;
        let payload = |field: &waxwork_copy::Field| (!field.null).then(|| bytes[field.range()].to_vec());
        rows.push(fields.iter().map(payload).collect());
    }
    assert_eq!(end, bytes.len(), "bytes after the last row");
    assert_eq!(cursor.ordinal(), batch.rows() as u64);
    Ok(())
}
