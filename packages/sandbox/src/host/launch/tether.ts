/** By it the kernel ends what is started with the thread that started it. The launchers of the layers further in pass it on, or keep it. */
export function tethered(setpriv: string): string[] {
  return [setpriv, '--pdeathsig=KILL', '--']
}

/** Ends well where this very program can do that: those of small systems cannot. */
export function tetherTrial(setpriv: string): [file: string, ...args: string[]] {
  return [setpriv, '--pdeathsig=KILL', '--', setpriv, '--version']
}
