import { PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon'

/** A package that brings a WebAssembly module: a PNG in, half its size out. */
export default async (request: Request): Promise<Response> => {
  using image = PhotonImage.new_from_byteslice(new Uint8Array(await request.arrayBuffer()))
  const [width, height] = [image.get_width() / 2, image.get_height() / 2]
  using small = resize(image, width, height, SamplingFilter.Nearest)
  return new Response(new Uint8Array(small.get_bytes()), { headers: { 'content-type': 'image/png' } })
}
