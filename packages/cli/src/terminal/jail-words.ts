import type { Jail, Tier } from '@hither/core'

/** What a tier means to the owner of a machine. */
export const TIER_WORDS: Record<Tier, string> = {
  process: 'processes of their own stand around functions, and nothing else',
  namespaces: 'functions see no network, no files and no other processes',
  filtered:
    'functions see no network, no files and no other processes, and the kernel refuses what JavaScript does not need',
}

/** A jail for `fn status`: its tier, whom it holds, and each layer with what it does, or why it does not. */
export function jailLines(jail: Jail): string[] {
  const { tier, layers, grants } = jail
  const width = Math.max(0, ...layers.map(({ name }) => name.length))
  return [
    `jail       ${tier}: ${TIER_WORDS[tier]}`,
    ...(grants.strangers === undefined ? ['           strangers’ code is refused'] : []),
    ...layers.map(({ name, works, why }) => `           ${works ? 'yes' : 'no '}  ${name.padEnd(width)}  ${why}`),
  ]
}
