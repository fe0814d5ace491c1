import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Gateway } from '@hither/gateway'
import { HitherError, LABEL_PATTERN, LABELS_MAX, weaknesses, type Jail } from '@hither/core'
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
import { bundlerOnDemand } from '../bundler.ts'
import { ending } from '../ending.ts'
import { GATEWAY_OPTIONS, openGateway } from '../gateway.ts'
import { makeAllYoung } from '../generations.ts'
import { logger } from '../log.ts'
import { addresses, duration, flag, integer, JOINING, positionals, text, texts } from '../options.ts'
import { TIER_WORDS } from '../terminal/jail-words.ts'
import { networkWords } from '../terminal/words.ts'
import { install, uninstall } from '../service/service.ts'
import { thrift } from '../thrift.ts'
import type { Output } from '../terminal/output.ts'
import type { OptionValues, Verb } from '../verb.ts'
import type { Home } from '@hither/peer'

export const verb: Verb = {
  usage: 'up [--volunteer]',
  summary: 'run this machine’s peer until Ctrl-C',
  options: {
    volunteer: { type: 'boolean', help: 'run functions of your own and of those you trust' },
    trust: { type: 'string', multiple: true, value: 'KEY', help: 'also run functions of this publisher, this time' },
    anyone: { type: 'boolean', help: 'run functions of anyone who reaches this peer' },
    'weak-jail': { type: 'boolean', help: 'with --anyone: even where no jail would hold strangers’ code' },
    port: { type: 'string', value: 'PORT', help: 'listen on this TCP port; 0 picks a free one' },
    host: { type: 'string', value: 'IP', help: 'listen on this address only' },
    announce: {
      type: 'string',
      multiple: true,
      value: 'ADDR',
      help: 'tell others this multiaddr in place of one’s own',
    },
    grace: {
      type: 'string',
      value: 'TIME',
      help: 'how long what runs may finish at the end, such as 5s; 30s by default',
    },
    label: {
      type: 'string',
      multiple: true,
      value: 'LABEL',
      help: 'say this of the machine, for calls that ask for such, such as gpu or shop-7',
    },
    cores: { type: 'string', value: 'N', help: 'cores to lend; all by default' },
    install: { type: 'boolean', help: 'have systemd keep it running with these options, now and after each login' },
    uninstall: { type: 'boolean', help: 'end that, and remove the unit' },
    ...GATEWAY_OPTIONS,
    ...JOINING,
  },
  stopsItself: true,
  async run({ args, options, home, out, signal }) {
    positionals(verb, args, [])
    if (flag(options, 'uninstall')) return uninstalled(out)
    if (flag(options, 'install')) return installed(out)
    makeAllYoung()
    const graceMs = duration(options, 'grace')
    const config = await readConfig(home.config)
    const log = logger(options)
    const peer = await openPeer(peerInit(home, config, options), {
      log,
      bundler: bundlerOnDemand(),
      // It has no process before this machine is lent.
      runner: sandbox({
        cores: availableParallelism(),
        strangers: flag(options, 'anyone'),
        weakJail: flag(options, 'weak-jail') || config.weakJail,
      })({
        log: ({ cid, level, text: line }) => log.info({ fn: cid.toString(), level, line }, 'function log'),
      }),
    })
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure that nobody was waiting for'))
    let http: Gateway | undefined
    const end = ending({ signal, graceMs })
    let stopThrift = (): void => {}
    const api: PeerApi = {
      ...peer,
      down: end.down,
      status: async () => ({ ...(await peer.status()), ...(http !== undefined && { gateway: http.address }) }),
    }
    // The socket comes first: two peers of one home must never both go online under one peer id.
    const control = await serveControl({ path: home.socket }, { api, log })
    try {
      await peer.start()
      peer.clock()
      http = await openGateway(peer, { config, options, log, out })
      const status = await api.status()
      out.result({ ready: true, ...status }, () => banner(status, flag(options, 'anyone')))
      stopThrift = thrift(() => {
        const { made, served, failed } = peer.calls()
        return made + served + failed
      })
      await end.wanted
      out.note('stopping: no new calls are taken, running ones may finish (Ctrl-C again ends at once)')
    } finally {
      stopThrift()
      await end.end(peer, http)
      await control.close()
    }
  },
}

async function installed(out: Output): Promise<void> {
  // systemd starts it in another folder.
  const args = process.argv.slice(2).filter((word) => word !== '--install' && word !== '--json')
  const home = process.env['HITHER_HOME']
  const command = [process.execPath, resolve(process.argv[1] ?? ''), ...args.map(absoluteHome)]
  const { path, lingers } = await install({ command, env: home === undefined ? {} : { HITHER_HOME: resolve(home) } })
  out.result(
    { installed: path },
    () => `systemd runs it by ${path}\nto run it also while you are logged out: ${lingers}`,
  )
}

function absoluteHome(word: string, at: number, words: string[]): string {
  if (word.startsWith('--home=')) return `--home=${resolve(word.slice('--home='.length))}`
  return words[at - 1] === '--home' ? resolve(word) : word
}

async function uninstalled(out: Output): Promise<void> {
  const removed = await uninstall()
  out.result({ removed }, () => (removed ? 'stopped, and its unit removed' : 'there was no unit'))
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
    cores: integer(options, 'cores', 1, availableParallelism()) ?? kept.cores,
    labels: labels(options) ?? kept.labels,
  }
}

function labels(options: OptionValues): string[] | undefined {
  const given = texts(options, 'label')
  const wrong = given.find((label) => !LABEL_PATTERN.test(label))
  if (wrong === undefined && given.length <= LABELS_MAX) return given.length === 0 ? undefined : given
  throw new HitherError(
    'usage',
    wrong === undefined ? `${given.length} labels are too many` : `"${wrong}" is no label`,
    {
      fix: `give at most ${LABELS_MAX} of small letters, digits and . _ = -, such as gpu or shop-7`,
    },
  )
}

function banner(
  { publisher, peer = '', network, addresses: reachedAt, gateway, runner, jail }: Status,
  anyone: boolean,
): string {
  return [
    'hither is up',
    `  publisher  ${publisher}`,
    `  peer       ${peer}`,
    `  network    ${networkWords(network)}`,
    ...reachedAt.map((address) => `  address    ${address}`),
    ...(gateway === undefined ? [] : [`  gateway    ${gateway}`]),
    runner === undefined
      ? '  runner     no: it calls and deploys; lend this machine with fn volunteer on'
      : `  runner     ${runner.slots} slots${runner.accepting ? '' : ', paused (fn volunteer status says why)'}, for ${runner.admits === 'anyone' ? 'anyone' : 'you and those you trust (fn trust)'}`,
    ...(jail === undefined ? [] : jailBanner(jail, anyone)),
  ].join('\n')
}

/** An owner who lends a machine to anyone must not miss that it would not be safe. */
function jailBanner(jail: Jail, anyone: boolean): string[] {
  const lines = [`  jail       ${jail.tier}: ${TIER_WORDS[jail.tier]} (fn status)`]
  if (!anyone || jail.tier !== 'process') return lines
  return [
    ...lines,
    jail.grants.strangers === undefined
      ? '  WARNING    strangers’ code is refused all the same: no jail here would hold it'
      : '  WARNING    strangers’ code runs here, and a flaw in V8 is all it takes to take over this account',
    ...weaknesses(jail)
      .split('; ')
      .map((line) => `             ${line}`),
  ]
}
