/** Of `@exodus/bytes/encoding.js`, whose own declarations bring Node's along. */
export declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
}
export declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}
export declare const TextEncoderStream: unknown
export declare const TextDecoderStream: unknown
