import type { PeerApi } from '../api.ts'

/** The methods that another process of the same user may call. A closed list: nothing else is reachable. */
export const CONTROL_METHODS: readonly (keyof PeerApi)[] = [
  'id',
  'deploy',
  'log',
  'rollback',
  'remove',
  'call',
  'receipt',
  'list',
  'peers',
  'status',
  'join',
  'aliases',
  'aliasAdd',
  'aliasRemove',
  'trusted',
  'trustAdd',
  'trustAllow',
  'trustDeny',
  'trustRemove',
]
