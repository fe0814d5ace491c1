/** Who runs the code, as portable code asks for it. */
export class Navigator {
  get userAgent(): string {
    return 'hither'
  }
}

export const navigator = new Navigator()
