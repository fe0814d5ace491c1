/**
 * The messages between the parent and one sandbox process, each one frame:
 *
 *     u32 length of what follows | u8 type | u32 id | u32 length of the head | head | body
 *
 * The heads of an ordinary call and its answer are fields one after the other (see `heads.ts`), all others are JSON. `fn` ids are
 * numbers that the parent gives to functions, never twice in one process; `call` ids likewise.
 *
 * Loads and calls are answered in the order in which they were sent (`loaded`; `answered`, `ended`, `pending` or `returned`), and
 * every answer is on the wire before the next turn begins. So the oldest one unanswered has the thread, unless `resumed`
 * says that a pending call took it back: the parent always knows whom to blame for a process that does not answer.
 *
 * A body that is long, or not here yet, travels as `piece` frames between the others, so that none waits behind it. Whoever
 * takes it in says by `want` how much more may come: at first a window full, which the answer's sender has from the start and
 * the request's gets when the handler reads; later what was taken out of the window (see `window.ts`). A body that nobody
 * reads stands still, and only it does.
 *
 * A function's own request goes to the parent, which alone can reach anything, and belongs to a call: it ends when nothing of
 * that runs any longer. Both its bodies flow as pieces, each with a window that is full from the start.
 *
 * An end that is woken for each of many short answers spends more on that than on them, and so does who wakes it. Between `hush` and
 * `ring` the parent does not listen, and the child rings once for all: by a byte on the bell, its standard output. It does so before,
 * too, where answers would wait longer than a few short turns take. All is written as ever, and whenever the parent judges a
 * process, it reads first what there is. That a function is loaded nobody waits for: where nothing else is under way, the parent is woken
 * for that with the answer of the call behind it. It has a higher priority than the child, and would take the core from it.
 *
 * `startBy` is a lease, in ms of the machine's monotonic clock: what has not begun by then is not run, so that the parent
 * can give it to another process while this one is stuck, and nothing ever runs twice, nor after its caller was told that
 * its time is over.
 */
export const FRAME = {
  // Either way.
  piece: 6, // id call, the payload is bytes: of the request from the parent, of the answer from the child
  want: 7, // id call, head { room }, in bytes: so much more of the body that comes from the other end may come

  // From the parent.
  load: 2, // id fn, head { name, bundle, env, memoryMb, bodyBytes, startBy, remembered? }, body: the bundle's text, unless the process remembers it
  unload: 3, // id fn
  call: 4, // id call, head: CallHead, body: the request's, unless it streams
  cancel: 5, // id call
  hush: 9, // whatever is said from here on wakes nobody, until it is rung for: see above; id 0, or fn where only its load was sent before
  ring: 10, // whatever there was to be said is said: ring, unless that was done since `hush`
  finish: 8, // id call, head { error? }: the request's body is over, or was broken off for this reason

  // From the child, who is not trusted.
  ready: 16, // head { error? }: it can serve, or why it cannot
  loaded: 17, // id fn, head { error? }: the isolate is up, or the bundle is no good and its calls end with this error
  lost: 18, // id fn: it was not loaded in time, or its bundle was not remembered any more, or a limit or a call that would not end broke its isolate; load it again
  pending: 19, // id call: its first turn is over, its end is to come
  answered: 30, // id call, head: AnswerHead, body: the answer's
  ended: 20, // id call, head { error? }, which is there unless it is the end of what `began`, and { runMs, cpuMs, heapBytes, background? }
  returned: 21, // id call: it was not run, for it is late or its function is lost
  resumed: 22, // id fn: a pending call of this function takes the thread
  yielded: 23, // the resumed function gave it back
  log: 24, // id fn, head { level, text }
  catastrophe: 25, // id fn, head { text }: V8 lost control; the last frame
  began: 26, // id call, head { status, headers }: of an answer whose body follows in pieces
  left: 27, // id call: the handler reads no more of the request's body
  remembered: 29, // id fn: the bundle of this function need not be sent with others
  over: 28, // id call, after `answered` or `ended` in the background: nothing of it runs any longer

  // A function's own requests. The ids are numbers that the child gives to them, each higher than the one before.
  fetch: 48, // from the child, head { call, method, url, headers, streams? }, body: the request's, unless it streams
  upload: 49, // from the child: a piece of the request's body
  uploaded: 50, // from the child: that was all of it
  drop: 51, // from the child: nobody wants the response any more, or the request's body broke off
  room: 52, // either way, head { room }, in bytes: so much more of the other's body may come
  fetched: 53, // from the parent, head { status, statusText, headers } or { error }
  download: 54, // from the parent: a piece of the response's body
  downloaded: 55, // from the parent, head { error? }: that was all of it, or it broke off
} as const
