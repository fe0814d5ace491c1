import type { Blocks, Bundler, DeployProgress, Names, Options, Signer } from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import type { DeployParams, Deployed } from '../src/api.ts'
import { deploy } from '../src/deploy.ts'
import { functions } from '../src/functions.ts'
import { log } from '../src/log.ts'
import type { LogParams, NameLog, Removed, RemoveParams, RollbackParams, RolledBack } from '../src/names-api.ts'
import { remove } from '../src/remove.ts'
import { resolver } from '../src/resolve.ts'
import { rollback } from '../src/rollback.ts'
import { vault, type Vault } from '../src/secrets/vault.ts'
import { turns } from '../src/turns.ts'
import { expected, fakeLinks, signer, silent, testFunction, type FakeLinks, type FakePeer } from './fakes.ts'
import { memoryRecords } from './memory-records.ts'

export interface Publisher {
  me: Signer
  names: Names
  blocks: Blocks
  links: FakeLinks
  vault: Vault
  /** Its wall clock, which stands still. */
  clock: { wall: number }
  /** How often it had to go online. */
  onlines: () => number
  run: (params: DeployParams, options?: Options<DeployProgress>) => Promise<Deployed>
  log: (params: LogParams, options?: Options) => Promise<NameLog>
  rollback: (params: RollbackParams) => Promise<RolledBack>
  remove: (params: RemoveParams) => Promise<Removed>
}

interface PublisherInit {
  peers?: Record<string, FakePeer>
  build?: Partial<Bundler>
  joiningMs?: number
  names?: Names
  blocks?: Blocks
}

/** A peer of publisher 1, who calls publisher 2 "ann", among others that are objects. A build's entry is its code. */
export async function publisher(init: PublisherInit = {}): Promise<Publisher> {
  const [me, ann] = [await signer(1), await signer(2)]
  const { peers = {}, build = {}, joiningMs = 0 } = init
  const clock = { wall: 5 }
  const { names = memoryNames({ now: () => clock.wall }), blocks = memoryBlocks({ capBytes: 1e6 }) } = init
  const links = fakeLinks(peers)
  const aliases = { byName: new Map([['ann', ann.publisher]]) }
  const joining = expected(joiningMs)
  const common = { names, blocks, links, joining, log: silent, now: () => 0, wallClock: () => clock.wall }
  const bundler: Bundler = {
    async build(entry) {
      const built = await testFunction(entry)
      return { ...built, name: 'built', warnings: ['careful'] }
    },
    stop: async () => {},
    ...build,
  }
  const kept = vault({
    records: memoryRecords(),
    self: links.self,
    signer: me,
    publisherSeed: new Uint8Array(32).fill(1),
    peerSeed: new Uint8Array(32).fill(9),
  })
  let onlines = 0
  const parts = {
    ...common,
    signer: me,
    aliases,
    functions: functions({ blocks, links, now: () => 0, log: silent }),
    pinsFound: blocks.pinned(),
    secrets: { vault: kept },
    resolver: resolver({ self: me.publisher, ...common, aliases: aliases.byName }),
    oneAtATime: turns(),
    goOnline: async () => void onlines++,
  }
  return {
    me,
    names,
    blocks,
    links,
    vault: kept,
    clock,
    onlines: () => onlines,
    run: (params, options) => deploy({ ...parts, bundler }, params, options),
    log: (params, options) => log(parts, params, options),
    rollback: (params) => rollback(parts, params),
    remove: (params) => remove(parts, params),
  }
}
