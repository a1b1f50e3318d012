import type { Case, Suite } from '../harness/benchmark.ts'

const at = (path: string): URL => new URL(path, import.meta.url)

function contenders(folder: string, ...names: string[]): Pick<Case, 'data' | 'contenders' | 'aims'> {
  return {
    data: at(`./${folder}/data.ts`),
    contenders: Object.fromEntries(names.map((name) => [name, at(`./${folder}/${name}.ts`)])),
    aims: { loop: 0.5, rxjs: 3 },
  }
}

export const suite: Suite = {
  title: 'core: the engine beside loops written by hand and the RxJS idiom',
  cases: [
    { name: 'chain', title: '(a) a six-step chain', ...contenders('chain', 'millrace', 'loop', 'rxjs') },
    {
      name: 'tumbling',
      title: '(b) keyed tumbling windows over 10,000 keys',
      ...contenders('tumbling', 'millrace', 'loop', 'rxjs'),
    },
    { name: 'sliding', title: '(c) sliding windows, 60 : 1', ...contenders('sliding', 'millrace', 'loop', 'rxjs') },
    {
      name: 'sliding-sparse',
      title: '(c) sliding windows, 60 : 1, one reading a slice',
      ...contenders('sliding', 'millrace', 'loop', 'rxjs'),
      data: at('./sliding/sparse-data.ts'),
    },
    {
      name: 'process',
      title: '(d) a keyed process function with state and a timer',
      ...contenders('process', 'millrace', 'loop'),
    },
    { name: 'rules', title: '(e) 50 rules over 1,000 patients', ...contenders('rules', 'millrace', 'loop') },
  ],
}
