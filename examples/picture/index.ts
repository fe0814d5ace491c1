import { PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon'

/** A PNG or JPEG in, the same made smaller out. The work is done by a WebAssembly package, as it comes from npm. */

/** Pixels across, where the request does not say. */
const WIDTH = 320

/** In percent: below 80 one sees it, above 90 nobody does. */
const JPEG_QUALITY = 85

const USAGE = 'POST a PNG or JPEG; ?width=N says how many pixels wide it shall be\n'

export default async (request: Request): Promise<Response> => {
  if (request.method !== 'POST') return new Response(USAGE)
  const width = Number(new URL(request.url).searchParams.get('width') ?? WIDTH)
  if (!Number.isInteger(width) || width < 1) return new Response(USAGE, { status: 400 })
  const bytes = new Uint8Array(await request.arrayBuffer())
  const type = typeOf(bytes)
  if (type === undefined) return new Response(USAGE, { status: 415 })
  using picture = decode(bytes)
  if (picture === undefined) return new Response('this picture cannot be read\n', { status: 422 })
  return new Response(shrink(picture, width, type), { headers: { 'content-type': type } })
}

type Type = 'image/png' | 'image/jpeg'

/** Told by the first bytes, which are surer than a header. */
function typeOf([a, b, c]: Uint8Array): Type | undefined {
  if (a === 0x89 && b === 0x50 && c === 0x4e) return 'image/png'
  if (a === 0xff && b === 0xd8 && c === 0xff) return 'image/jpeg'
  return undefined
}

function decode(bytes: Uint8Array): PhotonImage | undefined {
  try {
    return PhotonImage.new_from_byteslice(bytes)
  } catch {
    // The package does not say why.
    return undefined
  }
}

/** Keeps the proportions, and never enlarges. What lies in WebAssembly's memory is freed by hand, which `using` does. */
function shrink(picture: PhotonImage, wanted: number, type: Type): Uint8Array<ArrayBuffer> {
  const width = Math.min(wanted, picture.get_width())
  const height = Math.max(1, Math.round((picture.get_height() * width) / picture.get_width()))
  using small = resize(picture, width, height, SamplingFilter.Lanczos3)
  return new Uint8Array(type === 'image/png' ? small.get_bytes() : small.get_bytes_jpeg(JPEG_QUALITY))
}
