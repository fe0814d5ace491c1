import { connectControl, openPeer, readConfig, settingsOf, type Home, type Peer, type PeerApi } from '@hither/peer'
import { briefLogger } from './log.ts'
import { addresses, flag } from './options.ts'
import type { Output } from './terminal/output.ts'
import type { OptionValues } from './verb.ts'

/** A way to speak to a peer, for the length of one command. */
export interface Session {
  api: PeerApi
  close(): Promise<void>
}

export interface SessionInit {
  home: Home
  options: OptionValues
  bundler: boolean
  out: Output
}

/**
 * This machine's running peer over its control socket, told of the addresses that the command names. Where none runs, a peer of
 * its own that only calls, and leaves when the command ends.
 */
export async function openSession(init: SessionInit): Promise<Session> {
  const bootstrap = addresses(init.options, 'bootstrap')
  const control = await connectControl(init.home.socket)
  if (control !== undefined) {
    const { failed } = bootstrap.length > 0 ? await control.join({ addresses: bootstrap }) : { failed: [] }
    for (const { address, message } of failed) init.out.note(`${address} was not reached: ${message}`)
    return { api: control, close: async () => control.close() }
  }
  const peer = await briefPeer(init)
  return { api: peer, close: async () => void (await peer.stop({ graceMs: 0 })) }
}

async function briefPeer({ home, options, bundler, out }: SessionInit): Promise<Peer> {
  const config = await readConfig(home.config)
  return openPeer(
    {
      home,
      listen: [],
      announce: [],
      mdns: config.mdns && !flag(options, 'no-mdns'),
      bootstrap: [...config.bootstrap, ...addresses(options, 'bootstrap')],
      trust: [],
      anyone: false,
      volunteer: settingsOf(config),
      lasting: false,
    },
    { log: briefLogger(options, out), ...(bundler && { bundler: (await import('@hither/bundle')).bundler() }) },
  )
}
