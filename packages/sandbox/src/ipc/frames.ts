/**
 * The frames between the parent and one sandbox process. A head is CBOR; a body follows its head in `data` frames of the
 * same id, and nothing else comes between. `fn` ids are numbers that the parent gives to functions, never twice in one
 * process; `call` ids likewise.
 *
 * Loads and calls are answered in the order in which they were sent (`loaded`; `ended`, `pending` or `returned`), and
 * every answer is on the wire before the next turn begins. So the oldest one unanswered has the thread, unless `resumed`
 * says that a pending call took it back: the parent always knows whom to blame for a process that does not answer.
 *
 * `startBy` is a lease, in ms of the machine's monotonic clock: what has not begun by then is not run, so that the parent
 * can give it to another process while this one is stuck, and nothing ever runs twice, nor after its caller was told that
 * its time is over.
 */
export const FRAME = {
  // Either way.
  data: 1,

  // From the parent.
  load: 2, // id fn, head { name, env, memoryMb, startBy }, body: the bundle's text
  unload: 3, // id fn
  call: 4, // id call, head { fn, method, url, headers, cpuMs, bodyBytes, startBy }, body: the request's
  cancel: 5, // id call

  // From the child, who is not trusted.
  ready: 16, // head { error? }: it can serve, or why it cannot
  loaded: 17, // id fn, head { error? }: the isolate is up, or the bundle is no good and its calls end with this error
  lost: 18, // id fn: it was not loaded in time, or a limit or a call that would not end broke its isolate; load it again
  pending: 19, // id call: its first turn is over, its end is to come
  ended: 20, // id call, head { status, headers } or { error }, and { runMs, cpuMs, heapBytes }; body: the answer's
  returned: 21, // id call: it was not run, for it is late or its function is lost
  resumed: 22, // id fn: a pending call of this function takes the thread
  yielded: 23, // the resumed function gave it back
  log: 24, // id fn, head { level, text }
  catastrophe: 25, // id fn, head { text }: V8 lost control; the last frame
} as const
