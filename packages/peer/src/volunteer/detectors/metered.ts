import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

const MANAGER = ['org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager']

/** NetworkManager's words: yes, and guessed yes. 0 is unknown, 2 and 4 are no. */
const METERED = ['1', '3']

/** Whether bytes cost money on the link that is in use, such as a phone's. */
export function metered(machine: Machine): Detector<'metered'> {
  return {
    name: 'metered',
    tells: 'metered',
    by: 'NetworkManager over D-Bus',
    seldom: true,
    async read() {
      if (machine.platform !== 'linux') throw notHere('it is known how to ask only NetworkManager, which is of Linux')
      const text = await machine.run('busctl', ['--system', 'get-property', ...MANAGER, 'Metered']).catch((cause) => {
        throw notHere('NetworkManager does not answer over D-Bus', cause)
      })
      const word = /^u (\d)$/m.exec(text)?.[1]
      if (word === undefined || word === '0') throw notHere('NetworkManager does not know')
      return METERED.includes(word)
    },
  }
}
