import type { IncomingMessage, ServerResponse } from 'node:http'
import { bench, handler, makeJob, text, type Bench, type JobInit } from '../support.ts'
import { loopback, type Loopback } from './desk.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface Out extends Bench {
  server: Loopback
  /** Runs the code as the body of a handler that finds the server as `url`; gives its answer, which must be JSON. */
  run: (body: string, init?: JobInit) => Promise<unknown>
  job: (body: string, init?: JobInit) => ReturnType<typeof makeJob>
}

/** A runner whose owner permits one server on loopback, and functions whose manifest lists it. */
export async function out(answer?: Answer): Promise<Out> {
  const server = await loopback(answer)
  const egress = { public: false, also: [{ address: '127.0.0.1', prefix: 32, port: server.port }] }
  const on = bench({ egress }, { resolve: () => Promise.resolve(['127.0.0.1']) })
  const hosts = ['api.test', 'other.test', '127.0.0.1'].map((host) => `${host}:${server.port}`)
  const job: Out['job'] = (body, init) =>
    makeJob(handler(`const url = 'http://api.test:${server.port}'; ${body}`), { egress: hosts, ...init })
  const run: Out['run'] = async (body, init) => JSON.parse(await text(on.runner.run(await job(body, init))))
  return { ...on, server, run, job }
}

export const echo: Answer = (request, response) => {
  const { method, url, headers } = request
  let body = ''
  request.setEncoding('utf8').on('data', (piece: string) => void (body += piece))
  request.on('end', () => response.end(JSON.stringify({ method, url, headers, body })))
}
