import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

const MANAGER = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager']

/** Whether any session of this machine is in use, as desktops and logins tell systemd. */
export function session(machine: Machine): Detector<'idleMs'> {
  return {
    name: 'session',
    tells: 'idleMs',
    by: 'systemd-logind over D-Bus: since your desktop says that you are away',
    async read() {
      if (machine.platform !== 'linux') throw notHere('logind is of Linux')
      const text = await ask(machine)
      const idle = /^b (true|false)$/m.exec(text)?.[1]
      const sinceUs = Number(/^t (\d+)$/m.exec(text)?.[1])
      if (idle === undefined || Number.isNaN(sinceUs)) throw notHere(`logind answered "${text.trim()}"`)
      // Idle since never: nobody is logged in.
      return idle === 'true' ? Math.max(0, machine.wallClock() - sinceUs / 1000) : 0
    },
  }
}

async function ask(machine: Machine): Promise<string> {
  try {
    return await machine.run('busctl', ['--system', 'get-property', ...MANAGER, 'IdleHint', 'IdleSinceHint'])
  } catch (cause) {
    throw notHere('systemd-logind does not answer over D-Bus', cause)
  }
}
