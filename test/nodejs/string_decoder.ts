import { StringDecoder } from 'node:string_decoder'

const BYTES = [...Buffer.from('aé€😀b')]

export default (): Response =>
  Response.json(
    (['utf8', 'utf16le', 'base64', 'hex', 'latin1', 'ascii'] as const).map((encoding) => {
      const decoder = new StringDecoder(encoding)
      const pieces = BYTES.map((byte) => decoder.write(Buffer.from([byte])))
      const cut = new StringDecoder(encoding)
      return [encoding, pieces, decoder.end(), cut.write(Buffer.from([0xe2, 0x82])), cut.end()]
    }),
  )
