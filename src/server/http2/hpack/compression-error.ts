/** A header block that cannot be decoded: an error of its connection, COMPRESSION_ERROR. */
export class CompressionError extends Error {}
