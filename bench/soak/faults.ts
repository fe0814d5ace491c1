import type { Soaked } from './words.ts'

/** What a soak must not find: a process that lives and keeps ever more, or has ended by itself; calls without an end; errors that nothing explains. */
export function faultsOf({ seen, filling, tally, unanswered }: Omit<Soaked, 'minutes'>): string[] {
  const living = seen.filter(({ alive }) => alive)
  const errors = [filling, tally].flatMap(({ unexplained }) => Object.keys(unexplained))
  return [
    ...seen.filter(({ died }) => died).map(({ name, pid }) => `${name} (${pid}) has ended, and nobody killed it`),
    ...living.filter(({ grows }) => grows === true).map(({ name, pid }) => `${name} (${pid}) grows`),
    ...living
      .filter(({ descriptors }) => descriptors.grow === true)
      .map(({ name, pid }) => `${name} (${pid}) keeps ever more descriptors`),
    ...(unanswered === 0 ? [] : [`${unanswered} calls were never answered`]),
    ...errors,
  ]
}
