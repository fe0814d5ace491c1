import buffer, { Buffer as Imported, isAscii, isUtf8 } from 'node:buffer'
import { attempt } from './attempt.ts'

const ENCODINGS = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'ucs2', 'utf16le', 'binary'] as const
const TEXTS = ['', 'hello', 'Grüße €', '😀 x', 'ffEe00zz', 'aGVsbG8_-w', 'aGVsbG8/+w==']

export default (): Response => {
  const b = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])
  return Response.json({
    same: [Imported === Buffer, buffer.Buffer === Buffer, b instanceof Uint8Array, Buffer.isBuffer(new Uint8Array(1))],
    from: ENCODINGS.flatMap((encoding) =>
      TEXTS.map((text) => [encoding, text, Buffer.from(text, encoding).toString('hex')]),
    ),
    to: ENCODINGS.map((encoding) => Buffer.from('Grüße 😀\u0000\u007F').toString(encoding)),
    byteLength: ENCODINGS.map((encoding) => Buffer.byteLength('abcd€', encoding)),
    isEncoding: ['UTF-8', 'base64url', 'nope'].map((name) => Buffer.isEncoding(name)),
    json: JSON.stringify(Buffer.from('ab')),
    alloc: [Buffer.alloc(5, 'ab'), Buffer.alloc(4, 1), Buffer.allocUnsafe(3).length],
    concat: Buffer.concat([Buffer.from('a'), Buffer.from('bc')], 2),
    compare: [Buffer.compare(Buffer.from('a'), Buffer.from('b')), b.equals(Buffer.from(b)), b.compare(b.subarray(1))],
    search: [
      b.indexOf(3),
      b.includes(9),
      Buffer.from('abcabc').lastIndexOf('bc'),
      Buffer.from('abcabc').indexOf(Buffer.from('ca')),
    ],
    slices: [b.subarray(2, -2), b.slice(-3), b.subarray(1).readUInt16BE(0)],
    shared: (() => {
      const part = b.subarray(0, 2)
      part[0] = 9
      return b[0]
    })(),
    reads: [b.readInt32LE(1), b.readDoubleBE(0), b.readBigUInt64LE(0).toString(), b.readUIntBE(0, 3), b.readFloatLE(4)],
    writes: (() => {
      const w = Buffer.alloc(16)
      return [w.writeInt16BE(-2, 0), w.writeDoubleLE(1.5, 2), w.write('é', 10), w.writeUIntLE(0x123456, 12, 3), w]
    })(),
    swapped: [Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32()],
    fill: [Buffer.alloc(4).fill('é'), Buffer.alloc(6).fill('abc', 1, 5)],
    copy: (() => {
      const target = Buffer.alloc(3)
      return [b.copy(target, 1, 2), target]
    })(),
    iterated: [...Buffer.from('ab').entries()],
    text: [isUtf8(Buffer.from([0xff])), isUtf8(Buffer.from('é')), isAscii(Buffer.from('é')), isAscii(Buffer.from('e'))],
    errors: [
      attempt(() => b.readUInt8(99)),
      attempt(() => Buffer.from(5 as never)),
      attempt(() => b.writeUInt8(300, 0)),
      attempt(() => Buffer.alloc(-1)),
    ].map((error) => (error as Error).name),
    limits: [buffer.constants.MAX_STRING_LENGTH, typeof buffer.kMaxLength],
  })
}
