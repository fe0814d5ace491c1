import { encodeSeals, forThese, type Frame, type SealPlace, type SealTree } from '@hither/core'
import { sha256 } from '../../sha256.ts'
import { FRAME } from './frames.ts'
import type { Parcel } from './parcel.ts'
import type { Replies } from './replies.ts'

/** The signatures of answers, which follow these: one for all that share it, in one frame. */
export interface Signing {
  /** Behind this answer's end, soon; then `sent`. Undefined: there is none, which its caller is told. */
  follow(end: Parcel, place: SealPlace | undefined, sent: () => void): void
}

interface Due {
  end: Parcel
  at: number
  sent: () => void
}

const NOTHING = new Uint8Array(0)

/** @param replies Where they go. */
export function signing(replies: Pick<Replies, 'behind'>): Signing {
  const due = new Map<SealTree, Due[]>()

  function send(tree: SealTree, all: readonly Due[]): void {
    const done = all.filter(({ end }) => end.state === 'done')
    const [first] = done
    if (first !== undefined) replies.behind(first.end, framesFor(tree, done))
    // Each behind its own end.
    for (const one of all) if (one.end.state !== 'done') replies.behind(one.end, framesFor(tree, [one]))
    for (const { sent } of all) sent()
  }

  return {
    follow(end, place, sent) {
      if (place === undefined) {
        replies.behind(end, [{ type: FRAME.SEAL, id: end.id, payload: NOTHING }])
        return sent()
      }
      const { tree, at } = place
      const sharing = due.get(tree)
      if (sharing !== undefined) return void sharing.push({ end, at, sent })
      const all = [{ end, at, sent }]
      due.set(tree, all)
      // All that share it are signed in this very moment.
      queueMicrotask(() => {
        due.delete(tree)
        send(tree, all)
      })
    },
  }
}

function framesFor(tree: SealTree, all: readonly Due[]): Frame[] {
  const calls = all.map(({ end, at }) => ({ call: end.id, at }))
  return forThese(tree, calls, sha256).map((sealed) => ({ type: FRAME.SEAL, id: 0, payload: encodeSeals(sealed) }))
}
