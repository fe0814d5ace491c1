import stream, { addAbortSignal, Duplex, finished, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { buffer, json, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ReadableStream as Web } from 'node:stream/web'
import { failure } from './attempt.ts'

const upper = (): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk.toString().toUpperCase())
    },
    flush(done) {
      this.push('!')
      done()
    },
  })

async function gathered(readable: AsyncIterable<unknown>): Promise<unknown[]> {
  const pieces = []
  for await (const piece of readable) pieces.push(piece instanceof Uint8Array ? Buffer.from(piece).toString() : piece)
  return pieces
}

/** Says when it is full, and takes one after the other. */
async function backPressure(): Promise<unknown> {
  const taken: string[] = []
  const writable = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk.toString())
      setTimeout(done, 1)
    },
  })
  const answers = [writable.write('ab'), writable.write('cd'), writable.write('ef'), writable.writableNeedDrain]
  await new Promise((resolve) => writable.once('drain', resolve))
  writable.end('gh')
  await new Promise<void>((resolve, reject) => finished(writable, (error) => (error ? reject(error) : resolve())))
  return { answers, taken, ended: writable.writableFinished }
}

async function flowing(): Promise<unknown> {
  const seen: unknown[] = []
  const readable = Readable.from(['a', 'b', 'c'])
  readable.on('data', (chunk) => seen.push(chunk))
  readable.on('close', () => seen.push('close'))
  await new Promise((resolve) => readable.on('end', resolve))
  const paused = new PassThrough()
  paused.write('one')
  paused.end('two')
  await new Promise((resolve) => paused.once('readable', resolve))
  const first = String(paused.read(2))
  // Up to Node 25 the rest is one piece, from 26 on it is as it was written.
  const rest: string[] = []
  for (let piece: Buffer | null; (piece = paused.read() as Buffer | null) !== null;) rest.push(piece.toString())
  return { seen, read: [first, rest.join('')] }
}

/** Whoever reads leaves while there is nothing to read: in the middle, or before it has asked for anything. */
async function left(asks: boolean, reason?: unknown): Promise<unknown> {
  const quiet = new PassThrough()
  const closed = new Promise((resolve) => quiet.once('close', resolve))
  const reader = Readable.toWeb(quiet).getReader()
  const asked = asks ? reader.read() : undefined
  await reader.cancel(reason)
  await closed
  return [await asked, failure(quiet.errored)]
}

export default async (): Promise<Response> => {
  const through: unknown[] = []
  await pipeline(Readable.from(['a', 'b']), upper(), async function (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) through.push(chunk.toString())
  })
  const broken = new Readable({
    read() {
      this.destroy(new RangeError('broke'))
    },
  })
  const abort = new AbortController()
  const endless = addAbortSignal(abort.signal, new Readable({ read() {} }))
  setTimeout(() => abort.abort(), 1)
  const duplex = Duplex.from(async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) yield `<${chunk.toString()}>`
  })
  duplex.end('in')
  return Response.json({
    through: through.join(''),
    pressure: await backPressure(),
    flowing: await flowing(),
    broken: await gathered(broken).catch(failure),
    failedPipe: await pipeline(
      Readable.from(['x']),
      new Writable({ write: (_c, _e, done) => done(new Error('full')) }),
    ).catch(failure),
    aborted: await gathered(endless).catch((thrown: Error) => thrown.name),
    duplex: await gathered(duplex),
    composed: (await gathered(Readable.from(['x']).compose(upper()))).join(''),
    objects: await Readable.from([1, 2, 3, 4])
      .filter((n: number) => n % 2 === 0)
      .map(async (n: number) => n * 10)
      .toArray(),
    taken: await Readable.from([1, 2, 3]).take(2).toArray(),
    consumed: [
      await text(Readable.from(['a', 'b'])),
      await json(Readable.from(['{"a":', '1}'])),
      (await buffer(Readable.from(['x']))).length,
    ],
    web: await gathered(Readable.fromWeb(new Response('from the web').body as never)),
    toWeb: await new Response(Readable.toWeb(Readable.from([Buffer.from('to '), Buffer.from('it')])) as never).text(),
    left: [await left(true), await left(true, new RangeError('why')), await left(false), await left(false, 'a word')],
    kinds: [
      stream.Readable === Readable,
      new PassThrough() instanceof stream.Stream,
      new Duplex() instanceof Writable,
      Web === ReadableStream,
    ],
  })
}
