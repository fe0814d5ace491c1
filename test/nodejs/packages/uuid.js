import { v4, v5, v7, validate, version } from 'uuid'

export default () =>
  Response.json({
    five: v5('hello', v5.URL),
    random: [v4(), v7()].map((id) => [validate(id), version(id)]),
    differ: new Set(Array.from({ length: 50 }, () => v4())).size,
  })
