import type { Detector } from '../detector.ts'
import { notHere, type Machine } from '../machine.ts'

const SUPPLIES = '/sys/class/power_supply'

export function battery(machine: Machine): Detector<'onBattery'> {
  return {
    name: 'battery',
    tells: 'onBattery',
    by: machine.platform === 'darwin' ? 'pmset' : SUPPLIES,
    async read() {
      if (machine.platform === 'linux') return onBattery(machine)
      if (machine.platform === 'darwin') return /'Battery Power'/.test(await machine.run('pmset', ['-g', 'batt']))
      throw notHere('it is known how to ask only on Linux and macOS')
    },
  }
}

interface Supply {
  type: string
  /** `Device`: of a keyboard or a mouse, which may be empty as it likes. */
  scope: string
  status: string
  online: string
}

async function onBattery(machine: Machine): Promise<boolean> {
  const names = await machine.list(SUPPLIES).catch((cause: unknown) => {
    throw notHere('this kernel does not tell how the machine is powered', cause)
  })
  const supplies = await Promise.all(names.map((name) => supplyOf(machine, name)))
  const own = supplies.filter(({ scope }) => scope !== 'Device')
  if (own.some(({ type, online }) => ['Mains', 'USB'].includes(type) && online !== '0' && online !== '')) return false
  return own.some(({ type, status }) => ['Battery', 'UPS'].includes(type) && status === 'Discharging')
}

async function supplyOf(machine: Machine, name: string): Promise<Supply> {
  const word = (file: string): Promise<string> =>
    machine.read(`${SUPPLIES}/${name}/${file}`).then(
      (text) => text.trim(),
      // Each kind of supply has files of its own.
      () => '',
    )
  const [type, scope, status, online] = await Promise.all([word('type'), word('scope'), word('status'), word('online')])
  return { type, scope, status, online }
}
