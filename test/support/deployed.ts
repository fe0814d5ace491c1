import { fileURLToPath } from 'node:url'
import { bundler } from '@hither/bundle'
import { isWhole, piecesOf, wholeShare, type Built, type Job, type RunResult } from '@hither/core'
import { sandbox } from '@hither/sandbox'
import { afterAll, beforeAll, expect } from 'vitest'

/** The two halves of a deploy and a call, without peers between them: the bundler and the sandbox as they are shipped. */

const builds = bundler()
const logs: string[] = []
const runner = sandbox({ cores: 1 })({ log: ({ level, text }) => void logs.push(`${level}: ${text}`) })

beforeAll(() => runner.start())
afterAll(async () => {
  await runner.stop()
  await builds.stop()
})

export interface Deployed {
  built: Built
  fetch: (path?: string, init?: RequestInit) => Promise<Response>
  /** What a GET of this path answers as JSON. Shows what the handler logged where that is not its status. */
  json: (path?: string, init?: RequestInit) => Promise<unknown>
}

/** Builds the handler in a file, seen from the folder `test`. */
export async function deployed(file: string): Promise<Deployed> {
  const built = await builds.build(fileURLToPath(new URL(`../${file}`, import.meta.url)))
  expect(built.warnings).toEqual([])
  const fetch: Deployed['fetch'] = async (at = '/', init = {}) => {
    logs.length = 0
    return responseOf(await runner.run(await jobOf(built, new Request(new URL(at, 'http://fn.localhost'), init))))
  }
  return {
    built,
    fetch,
    async json(at, init) {
      const response = await fetch(at, init)
      const text = await response.text()
      expect([response.status, logs, text]).toEqual([200, [], text])
      return JSON.parse(text) as unknown
    },
  }
}

async function jobOf({ cid, manifest, blocks }: Built, request: Request): Promise<Job> {
  const { method, url, headers } = request
  return {
    cid,
    manifest,
    code: () => Promise.resolve(new TextDecoder().decode(blocks[1]?.bytes)),
    cordon: 'publisher',
    profile: 'trusted',
    caller: 'caller',
    share: () => wholeShare('publisher'),
    request: { method, url, headers: [...headers] },
    body: new Uint8Array(await request.arrayBuffer()),
    remainingMs: 60_000,
  }
}

function responseOf(run: RunResult): Response {
  const { status, headers, body } = run
  const whole = isWhole(body)
  if (whole && body.length === 0) return new Response(null, { status, headers })
  return new Response(whole ? new Uint8Array(body) : streamOf(piecesOf(body)), { status, headers })
}

/** Whoever cancels it leaves the body, and so ends the call. */
function streamOf(pieces: AsyncIterator<Uint8Array, void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await pieces.return?.()),
  })
}
