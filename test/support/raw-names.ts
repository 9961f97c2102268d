/** Finds names that source code joins into SQL without quoting them, with the types of TypeScript's own checker. */
import { join, relative, sep } from "node:path";
import ts from "typescript5";

/** Text of ours in capitals before a `${…}`: messages to people are in lower case. */
const SQL_BEFORE = /(?:^|[\s(,])[A-Z]{2,}(?: [A-Z]{2,})* (?:\(|"?[\w.]*"?\.)?$|(?:^|\s)[A-Z]{2,}[^a-z]*\($/;
/** Properties of the schema's and the operations' types that hold a name, or names, as the user or a database gave them. */
const NAMES =
  /^(?:name|schema|table|column|columns|index|from|to|collation|constraint|trigger|role|owner|tablespace|accessMethod|newName|oldName|parent|policy|language|method|members|values|labels|include)$/;

/** Types whose properties are SQL already. */
const HOLD_SQL = ["RowCopy"];

export interface RawName {
  readonly place: string;
  readonly text: string;
}

/** In these files, read as `tsconfig.json` of `root` says. */
export function findRawNames(root: string, inside: readonly string[]): readonly RawName[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(inside, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const found: RawName[] = [];
  const visit = (node: ts.Node, file: ts.SourceFile): void => {
    if (ts.isTemplateExpression(node)) {
      let before = node.head.text;
      for (const span of node.templateSpans) {
        if (SQL_BEFORE.test(before) && isRawName(span.expression, checker)) {
          const { line } = file.getLineAndCharacterOfPosition(span.getStart());
          const path = relative(root, file.fileName).split(sep).join("/");
          found.push({ place: `${path}:${line + 1}`, text: `${before.slice(-30)}\${${span.expression.getText()}}` });
        }
        before += `\0${span.literal.text}`;
      }
    }
    ts.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of program.getSourceFiles()) if (inside.includes(file.fileName)) visit(file, file);
  return found;
}

/** Is the value a name as it is: a property that holds one, or a variable that was given such a value? */
function isRawName(expression: ts.Expression, checker: ts.TypeChecker, depth = 0): boolean {
  if (depth > 5) return false;
  const again = (inner: ts.Expression) => isRawName(inner, checker, depth + 1);
  if (ts.isParenthesizedExpression(expression) || ts.isNonNullExpression(expression))
    return again(expression.expression);
  if (ts.isConditionalExpression(expression)) return again(expression.whenTrue) || again(expression.whenFalse);
  if (ts.isBinaryExpression(expression)) return again(expression.left) || again(expression.right);
  if (ts.isElementAccessExpression(expression)) return again(expression.expression);
  if (ts.isTemplateExpression(expression)) return false;
  if (ts.isCallExpression(expression)) {
    // `names.join(", ")`
    const { expression: callee } = expression;
    return ts.isPropertyAccessExpression(callee) && callee.name.text === "join" && again(callee.expression);
  }
  if (ts.isPropertyAccessExpression(expression)) return holdsName(checker.getSymbolAtLocation(expression.name));
  if (!ts.isIdentifier(expression)) return false;
  const declaration = checker.getSymbolAtLocation(expression)?.valueDeclaration;
  if (declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration))
    return declaration.initializer !== undefined && again(declaration.initializer);
  if (!ts.isBindingElement(declaration)) return false;
  const property = declaration.propertyName ?? declaration.name;
  if (!ts.isIdentifier(property)) return false;
  return holdsName(checker.getTypeAtLocation(declaration.parent).getProperty(property.text));
}

/** Declared where the schema and the operations are: as data, before any dialect has quoted it. */
function holdsName(property: ts.Symbol | undefined): boolean {
  if (property === undefined || !NAMES.test(property.name)) return false;
  return (property.declarations ?? []).some((declaration) => {
    const path = declaration.getSourceFile().fileName;
    if (!/\/src\/(?:schema|operations)\//.test(path) || !ts.isPropertySignature(declaration)) return false;
    return !ts.isInterfaceDeclaration(declaration.parent) || !HOLD_SQL.includes(declaration.parent.name.text);
  });
}
