import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { bundler } from '@hither/bundle'
import type { Gateway } from '@hither/gateway'
import {
  openPeer,
  readConfig,
  serveControl,
  settingsOf,
  type Config,
  type PeerApi,
  type PeerInit,
  type Settings,
  type Status,
} from '@hither/peer'
import { sandbox } from '@hither/sandbox'
import { GATEWAY_OPTIONS, openGateway } from '../gateway.ts'
import { logger } from '../log.ts'
import { addresses, flag, integer, JOINING, positionals, text, texts } from '../options.ts'
import type { OptionValues, Verb } from '../verb.ts'
import type { Home } from '@hither/peer'

export const verb: Verb = {
  usage: 'up [--volunteer]',
  summary: 'run this machine’s peer until Ctrl-C',
  options: {
    volunteer: { type: 'boolean', help: 'run functions of your own and of those you trust' },
    trust: { type: 'string', multiple: true, value: 'KEY', help: 'also run functions of this publisher, this time' },
    anyone: { type: 'boolean', help: 'run functions of anyone who reaches this peer' },
    port: { type: 'string', value: 'PORT', help: 'listen on this TCP port; 0 picks a free one' },
    host: { type: 'string', value: 'IP', help: 'listen on this address only' },
    announce: {
      type: 'string',
      multiple: true,
      value: 'ADDR',
      help: 'tell others this multiaddr in place of one’s own',
    },
    cores: { type: 'string', value: 'N', help: 'cores to lend; all by default' },
    ...GATEWAY_OPTIONS,
    ...JOINING,
  },
  stopsItself: true,
  async run({ args, options, home, out, signal }) {
    positionals(verb, args, [])
    const config = await readConfig(home.config)
    const log = logger(options)
    const peer = await openPeer(peerInit(home, config, options), {
      log,
      bundler: bundler(),
      // It has no process before this machine is lent.
      runner: sandbox({ cores: availableParallelism() })({
        log: ({ cid, level, text: line }) => log.info({ fn: cid.toString(), level, line }, 'function log'),
      }),
    })
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure that nobody was waiting for'))
    let http: Gateway | undefined
    const api: PeerApi = {
      ...peer,
      status: async () => ({ ...(await peer.status()), ...(http !== undefined && { gateway: http.address }) }),
    }
    // The socket comes first: two peers of one home must never both go online under one peer id.
    const control = await serveControl({ path: home.socket }, { api, log })
    try {
      await peer.start()
      http = await openGateway(peer, { config, options, log, out })
      const status = await api.status()
      out.result({ ready: true, ...status }, () => banner(status))
      if (!signal.aborted) await once(signal, 'abort')
      out.note('stopping: no new calls are taken, running ones may finish (Ctrl-C again ends at once)')
    } finally {
      await Promise.all([http?.stop(), peer.stop()])
      await control.close()
    }
  },
}

function peerInit(home: Home, config: Config, options: OptionValues): PeerInit {
  const host = text(options, 'host') ?? config.host
  const port = integer(options, 'port', 0, 65_535) ?? config.port
  return {
    home,
    listen: [`/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`],
    announce: addresses(options, 'announce'),
    mdns: config.mdns && !flag(options, 'no-mdns'),
    bootstrap: [...config.bootstrap, ...addresses(options, 'bootstrap')],
    trust: texts(options, 'trust'),
    anyone: flag(options, 'anyone'),
    volunteer: settings(config, options),
    lasting: true,
  }
}

/** Flags hold for this time, whatever the configuration says. */
function settings(config: Config, options: OptionValues): Settings {
  const kept = settingsOf(config)
  return {
    ...kept,
    on: flag(options, 'volunteer') || kept.on,
    cores: integer(options, 'cores', 1, 1024) ?? kept.cores,
  }
}

function banner({ publisher, peer = '', addresses: reachedAt, gateway, runner }: Status): string {
  return [
    'hither is up',
    `  publisher  ${publisher}`,
    `  peer       ${peer}`,
    ...reachedAt.map((address) => `  address    ${address}`),
    ...(gateway === undefined ? [] : [`  gateway    ${gateway}`]),
    runner === undefined
      ? '  runner     no: it calls and deploys; lend this machine with fn volunteer on'
      : `  runner     ${runner.slots} slots${runner.accepting ? '' : ', paused (fn volunteer status says why)'}, for ${runner.admits === 'anyone' ? 'anyone' : 'you and those you trust (fn trust)'}`,
  ].join('\n')
}
