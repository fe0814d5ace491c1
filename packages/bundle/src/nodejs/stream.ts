import library from 'readable-stream/lib/ours/browser.js'
import { fromWeb, toWeb, writableFromWeb } from './internal/web-streams.ts'

/** readable-stream is Node's own code, cut out of Node; the ways to web streams are not in it. */
Object.assign(library.Readable, { fromWeb, toWeb })
Object.assign(library.Writable, { fromWeb: writableFromWeb })

export const { Readable, Writable, Duplex, Transform, PassThrough, Stream } = library
export const { addAbortSignal, finished, pipeline, promises } = library.Stream
export const { getDefaultHighWaterMark, setDefaultHighWaterMark } = library.Stream
/** Node's types do not know where these are. */
export const { compose, destroy, isDisturbed, isErrored, isReadable } = library.Stream as unknown as Record<
  'compose' | 'destroy' | 'isDisturbed' | 'isErrored' | 'isReadable',
  (...streams: object[]) => unknown
>

Object.assign(library.Stream, { Stream: library.Stream })

/** What CommonJS gets from `require('stream')`: the oldest class of all, which carries the rest. */
export default library.Stream
