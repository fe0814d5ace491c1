import zlib, { createDeflate, createGunzip, createGzip, createInflate, createUnzip, crc32 } from 'node:zlib'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { buffer, text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { attempt, failure } from './attempt.ts'

const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(200)
const NOISE = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i % 13) * 31) % 256)
/** Packed by another zlib. */
const GIVEN = 'eJzLSM3JyVcozy/KSVHILcgqVgQARmYHkQ=='

/** What comes of an archive's parts, each a chunk of its own. */
function parts(into: Transform, ...chunks: (Buffer | number[])[]): Promise<unknown> {
  return text(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(into)).catch(failure)
}

export default async (): Promise<Response> => {
  const gathered: string[] = []
  const flushing = createDeflate()
  flushing.on('data', (chunk: Buffer) => gathered.push(chunk.toString('hex')))
  flushing.write('first')
  await new Promise<void>((resolve) => flushing.flush(() => resolve()))
  const early = zlib
    .inflateSync(Buffer.from(gathered.join(''), 'hex'), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .toString()
  const [one, two] = [zlib.gzipSync('one '), zlib.gzipSync('two')]
  const dictionary = Buffer.from('the quick brown fox')
  const packed = zlib.deflateSync(TEXT, { dictionary })
  return Response.json({
    packed: [0, 1, 6, 9].map((level) => zlib.deflateRawSync(TEXT, { level }).length),
    whole: [
      zlib.inflateSync(zlib.deflateSync(TEXT)).toString() === TEXT,
      zlib.inflateRawSync(zlib.deflateRawSync(NOISE)).equals(NOISE),
      zlib.gunzipSync(zlib.gzipSync(NOISE, { level: 9 })).equals(NOISE),
      zlib.unzipSync(zlib.deflateSync('d')).toString() + zlib.unzipSync(zlib.gzipSync('g')).toString(),
      attempt(() => zlib.inflateSync(Buffer.from(GIVEN, 'base64')).toString()),
    ],
    members: [
      zlib.gunzipSync(Buffer.concat([one, two])).toString(),
      await parts(createGunzip(), one, two, one),
      await parts(createUnzip(), one, two),
      await parts(createGunzip(), one, two.subarray(0, 5), two.subarray(5)),
      await parts(createGunzip(), one, two.subarray(0, 15)),
      await parts(createGunzip(), one, [], [0, 0], two),
      await parts(createGunzip(), Buffer.concat([one, Buffer.alloc(2)]), [1, 2, 3, 4]),
      await parts(createGunzip(), one, [1, 2, 3, 4]),
      await parts(createUnzip(), zlib.deflateSync('one '), two),
    ],
    dictionary: [zlib.inflateSync(packed, { dictionary }).toString() === TEXT, attempt(() => zlib.inflateSync(packed))],
    streamed: await text(
      Readable.from([Buffer.from(TEXT)])
        .pipe(createGzip())
        .pipe(createGunzip()),
    ),
    piecemeal: await text(
      Readable.from([...zlib.deflateSync('in pieces')].map((byte) => Buffer.from([byte]))).pipe(createInflate()),
    ),
    early,
    called: (
      await promisify<Buffer, Buffer>(zlib.gunzip)(await promisify<string, Buffer>(zlib.gzip)('called'))
    ).toString(),
    crc: [crc32('hello'), crc32(Buffer.from('lo'), crc32('hel'))],
    head: [...zlib.gzipSync('').subarray(0, 4)],
    errors: [
      attempt(() => zlib.inflateSync(Buffer.from('not packed'))),
      attempt(() => zlib.gunzipSync(Buffer.from('not packed'))),
      attempt(() => zlib.inflateSync(zlib.deflateSync(TEXT).subarray(0, 20))),
      attempt(() => zlib.inflateSync(zlib.deflateSync(TEXT), { maxOutputLength: 10 })),
      await promisify<Buffer, Buffer>(zlib.inflate)(Buffer.from('x')).catch(failure),
      await pipeline(Readable.from([Buffer.from('garbage!')]), createGunzip(), buffer as never).catch(failure),
    ],
  })
}
