import type { ListedName, PeerApi } from './api.ts'
import type { Parts } from './parts.ts'
import { standing } from './standing.ts'

type Lists = Pick<PeerApi, 'list' | 'aliases' | 'aliasAdd' | 'aliasRemove'>

/** What can be read and changed without the network. */
export function lists({ aliases, names, signer, wallClock }: Parts): Lists {
  return {
    async list() {
      await names.refresh()
      const petnames = new Map([...aliases.byName].map(([name, key]) => [key, name]))
      return names.list().map((record): ListedName => {
        const { publisher, name, cid, time, message } = record
        const alias = petnames.get(publisher)
        return {
          name,
          publisher,
          ...(alias !== undefined && { alias }),
          own: publisher === signer.publisher,
          ...standing(names, record, wallClock()),
          cid: cid?.toString() ?? null,
          time,
          message,
        }
      })
    },
    aliases: async () => Object.fromEntries(aliases.byName),
    aliasAdd: ({ name, key }) => aliases.add(name, key),
    aliasRemove: ({ name }) => aliases.remove(name),
  }
}
