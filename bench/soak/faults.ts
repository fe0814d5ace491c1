import type { Soaked } from './words.ts'

/** What a soak must not find: a process that lives and keeps ever more, and errors that nothing explains. */
export function faultsOf({ seen, filling, tally }: Pick<Soaked, 'seen' | 'filling' | 'tally'>): string[] {
  const living = seen.filter(({ alive }) => alive)
  const errors = [filling, tally].flatMap(({ unexplained }) => Object.keys(unexplained))
  return [
    ...living.filter(({ grows }) => grows === true).map(({ name, pid }) => `${name} (${pid}) grows`),
    ...living
      .filter(({ descriptors }) => descriptors.grow === true)
      .map(({ name, pid }) => `${name} (${pid}) keeps ever more descriptors`),
    ...errors,
  ]
}
