import type { PeerApi } from '../api.ts'

/** The methods that another process of the same user may call. A closed list: nothing else is reachable. */
export const CONTROL_METHODS: readonly (keyof PeerApi)[] = [
  'id',
  'deploy',
  'log',
  'rollback',
  'remove',
  'call',
  'secretSet',
  'secretRemove',
  'secretRunners',
  'secretList',
  'receipt',
  'list',
  'peers',
  'status',
  'join',
  'down',
  'volunteering',
  'volunteer',
  'aliases',
  'aliasAdd',
  'aliasRemove',
  'trusted',
  'trustAdd',
  'trustRemove',
]
