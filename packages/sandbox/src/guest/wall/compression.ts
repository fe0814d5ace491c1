/** The words of the service `compression`. */

export const COMPRESSION_FORMATS = ['gzip', 'deflate', 'deflate-raw', 'brotli'] as const

export type CompressionFormat = (typeof COMPRESSION_FORMATS)[number]

/** What is asked, as JSON. The answer is bytes, at most COMPRESSION_PIECE_BYTES; after so many there may be `more`. */
export interface CompressionAsk {
  /** By which the isolate tells its streams apart. The first ask opens it. */
  stream: number
  format: CompressionFormat
  inflate: boolean
  /** `write` comes with the bytes, at most as many; `end` is after the last; `drop` is instead of one, and answered by none. */
  step: 'write' | 'more' | 'end' | 'drop'
}

/** How much goes in and comes out at once: so a bomb goes off a piece at a time, each only when somebody reads it. */
export const COMPRESSION_PIECE_BYTES: number = 64 * 1024

/** Streams of one isolate at once. One of gzip takes 256 KB of the process, one of brotli up to 16 MB. */
export const COMPRESSION_STREAMS_MAX = 64
