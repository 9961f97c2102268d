/** Looks through generated TypeScript: is everything in it a declaration of ours, a call of a builder, or data? */
import ts from "typescript5";

const { SyntaxKind: Kind } = ts;

/** What generated code is made of. Anything else that comes out was put there by a text. */
const ALLOWED: ReadonlySet<ts.SyntaxKind> = new Set([
  Kind.SourceFile,
  Kind.EndOfFileToken,
  Kind.ImportDeclaration,
  Kind.ImportClause,
  Kind.NamedImports,
  Kind.ImportSpecifier,
  Kind.VariableStatement,
  Kind.VariableDeclarationList,
  Kind.VariableDeclaration,
  Kind.ExportKeyword,
  Kind.AsyncKeyword,
  Kind.FunctionDeclaration,
  Kind.Parameter,
  Kind.Block,
  Kind.ExpressionStatement,
  Kind.AwaitExpression,
  Kind.CallExpression,
  Kind.PropertyAccessExpression,
  Kind.ElementAccessExpression,
  Kind.Identifier,
  Kind.ArrowFunction,
  Kind.EqualsGreaterThanToken,
  Kind.ArrayLiteralExpression,
  Kind.ObjectLiteralExpression,
  Kind.PropertyAssignment,
  Kind.ShorthandPropertyAssignment,
  Kind.ComputedPropertyName,
  Kind.StringLiteral,
  Kind.NumericLiteral,
  Kind.PrefixUnaryExpression,
  Kind.TrueKeyword,
  Kind.FalseKeyword,
  Kind.NullKeyword,
  Kind.TaggedTemplateExpression,
  Kind.NoSubstitutionTemplateLiteral,
  Kind.ParenthesizedExpression,
  Kind.TypeReference,
  Kind.ArrayType,
  Kind.TypeOperator,
  Kind.UnionType,
  Kind.LiteralType,
  Kind.StringKeyword,
  Kind.VoidKeyword,
  Kind.ReadonlyKeyword,
  Kind.TypeAliasDeclaration,
]);

/** Sentences about what does not belong there; empty where all is well. */
export function foreignCode(name: string, text: string): readonly string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = (source as unknown as { parseDiagnostics: readonly ts.Diagnostic[] }).parseDiagnostics.map(
    ({ messageText }) => `it cannot be parsed: ${JSON.stringify(messageText)}`,
  );
  const walk = (node: ts.Node): void => {
    if (!ALLOWED.has(node.kind)) found.push(`${Kind[node.kind]}: ${node.getText().slice(0, 80)}`);
    if (ts.isImportDeclaration(node) && !/^"tsmigrate(?:\/schema)?"$/.test(node.moduleSpecifier.getText())) {
      found.push(`it imports ${node.moduleSpecifier.getText()}`);
    }
    if (ts.isCallExpression(node) && /^(?:process|globalThis|eval|console|require)\b/.test(node.getText())) {
      found.push(`it calls ${node.getText().slice(0, 80)}`);
    }
    if (ts.isElementAccessExpression(node) && !ts.isStringLiteral(node.argumentExpression)) {
      found.push(`it computes ${node.getText().slice(0, 80)}`);
    }
    ts.forEachChild(node, walk);
  };
  walk(source);
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(text)) {
    found.push("it holds characters that steer a terminal or turn the direction of reading");
  }
  return found;
}
