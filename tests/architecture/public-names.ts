import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClassDeclaration, type Node, SyntaxKind } from 'typescript/unstable/ast'
import { isClassDeclaration } from 'typescript/unstable/ast/is'
import { type Symbol as Name, type Project, SymbolFlags } from 'typescript/unstable/sync'

/** A name that a package shows to its users, and what is said of it. */
export interface PublicName {
  /** `Consumer.seek` for a member. */
  readonly name: string
  /** Of its declaration. */
  readonly file: string
  /** Without tags; of a member that has none, what the interface says that its class implements. */
  readonly docstring: string
}

/** Sources of the entry points of a package: what stands in its `exports` for those who run it unbuilt. */
export function entryPoints(folder: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly '@yak/source': string }>>
  }
  return Object.values(exports).map((entry) => join(folder, entry['@yak/source']))
}

/** Every name that a file exports, and each public member of the classes and interfaces among them. */
export function publicNames(project: Project, file: string): PublicName[] {
  const { checker, program } = project
  const source = program.getSourceFile(file)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${file} is no module of the project.`)
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    return [named(project, exported.name, [symbol]), ...membersOf(project, exported.name, symbol)]
  })
}

/** Words that say nothing of their own. */
const fillers = new Set([
  'a',
  'an',
  'the',
  'of',
  'this',
  'that',
  'is',
  'its',
  'it',
  'for',
  'to',
  'get',
  'gets',
  'set',
  'sets',
])

/** Whether a docstring says no more than the name does, or nothing at all. */
export function isRepetition({ name, docstring }: Pick<PublicName, 'name' | 'docstring'>): boolean {
  const known = new Set(wordsOf(name))
  return wordsOf(docstring).every((word) => fillers.has(word) || known.has(word) || known.has(word.replace(/e?s$/, '')))
}

function wordsOf(text: string): string[] {
  return (
    text
      .replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
      .toLowerCase()
      .match(/[a-z\d]+/g) ?? []
  )
}

function named(project: Project, name: string, symbols: readonly Name[]): PublicName {
  const docstrings = symbols.map((symbol) => project.checker.getDocumentationCommentOfSymbol(symbol))
  const docstring = docstrings.find((text) => text !== '') ?? ''
  return { name, file: symbols[0]?.declarations[0]?.path ?? '', docstring }
}

function membersOf(project: Project, name: string, owner: Name): PublicName[] {
  if (!(owner.flags & (SymbolFlags.Class | SymbolFlags.Interface))) return []
  const { checker } = project
  const type = checker.getDeclaredTypeOfSymbol(owner)
  const statics = owner.flags & SymbolFlags.Class ? [...owner.getExports().values()] : []
  const bases = type.getBaseTypes() ?? []
  const interfaces = implementedBy(project, owner)
  return [...checker.getPropertiesOfType(type), ...statics]
    .filter((member) => isPublic(project, member))
    .flatMap((member) => {
      const above = (types: typeof bases) =>
        types.flatMap((type) => checker.getPropertiesOfType(type).filter(({ name }) => name === member.name))
      // What is the platform's, like the name of an error, it has said itself.
      if (above(bases).some((base) => !isOurs(base))) return []
      return [named(project, `${name}.${readable(member)}`, [member, ...above(interfaces)])]
    })
}

/** The types that the class says it implements, if it is one. */
function implementedBy(project: Project, owner: Name) {
  return owner.declarations
    .map((handle) => handle.resolve(project))
    .filter((node): node is ClassDeclaration => node !== undefined && isClassDeclaration(node))
    .flatMap(({ heritageClauses = [] }) => [...heritageClauses])
    .filter(({ token }) => token === SyntaxKind.ImplementsKeyword)
    .flatMap(({ types }) => types.flatMap((type) => project.checker.getTypeAtLocation(type) ?? []))
}

const hidden: readonly SyntaxKind[] = [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword]

function isPublic(project: Project, member: Name): boolean {
  if (member.name === 'prototype' || member.name.startsWith('__#') || !isOurs(member)) return false
  // Members named by a symbol are public where everybody has the symbol.
  if (member.name.startsWith('__@') && !/^__@(iterator|asyncIterator|dispose|asyncDispose)@/.test(member.name))
    return false
  const { modifiers = [] } = (member.declarations[0]?.resolve(project) ?? {}) as {
    readonly modifiers?: readonly Node[]
  }
  return !modifiers.some(({ kind }) => hidden.includes(kind))
}

/** Declared in the sources, and not by the platform or a dependency. */
function isOurs(symbol: Name): boolean {
  return symbol.declarations.some(({ path }) => path.includes('/src/') && !path.includes('/node_modules/'))
}

function readable(member: Name): string {
  return member.name.replace(/^__@(\w+)@\d+$/, '[Symbol.$1]')
}
