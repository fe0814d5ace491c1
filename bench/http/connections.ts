import { Exchange } from './exchange.ts'
import type { HttpAsking } from './load.ts'

/** Of one server, all for the same request. */
interface Kept {
  asking: string
  exchanges: Exchange[]
}

/** Connections that stay open from one load to the next, as those of a server's users do: to open them is no part of an answer. */
export class Connections {
  /** By the server's port. */
  private readonly kept = new Map<number, Kept>()

  /** Gives those that are there, or as many others where something else, or by another number of them, was asked before. */
  to(what: HttpAsking): Exchange[] {
    const asking = JSON.stringify(what, ['host', 'path', 'bodyBytes', 'connections'])
    const before = this.kept.get(what.port)
    if (before?.asking === asking) return before.exchanges
    close(before)
    const request = requestOf(what)
    const exchanges = Array.from({ length: what.connections }, () => new Exchange(what.port, request))
    this.kept.set(what.port, { asking, exchanges })
    return exchanges
  }

  /**
   * Has each of them answered once, all at the same time: a server closes what lies idle while others have their turns, and what is opened for
   * that should not fail the next load, nor be a part of it. Gives how many answers failed.
   */
  async ready(what: HttpAsking): Promise<number> {
    const answers = await Promise.all(this.to(what).map((exchange) => proven(exchange, what)))
    return answers.filter((right) => !right).length
  }

  close(): void {
    for (const one of this.kept.values()) close(one)
    this.kept.clear()
  }
}

function close(kept: Kept | undefined): void {
  for (const exchange of kept?.exchanges ?? []) exchange.close()
}

/** Whether the answer is the right one, as far as that can be told without reading it. Throws where there is none. */
export async function answered(exchange: Exchange, { answerBytes }: Pick<HttpAsking, 'answerBytes'>): Promise<boolean> {
  const status = await exchange.once()
  return status === 200 && exchange.bytes === answerBytes
}

/** One that was open may be closed in the moment when it is asked; only one that was opened for it has failed. */
async function proven(exchange: Exchange, what: HttpAsking): Promise<boolean> {
  const wasOpen = exchange.isOpen
  try {
    return await answered(exchange, what)
  } catch (thrown) {
    if (!wasOpen) throw thrown
    return answered(exchange, what)
  }
}

function requestOf({ host, path, bodyBytes }: HttpAsking): Buffer {
  const lines =
    bodyBytes === 0
      ? [`GET ${path} HTTP/1.1`, `host: ${host}`]
      : [`POST ${path} HTTP/1.1`, `host: ${host}`, 'content-type: text/plain', `content-length: ${bodyBytes}`]
  return Buffer.concat([Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), Buffer.alloc(bodyBytes, 'a')])
}
