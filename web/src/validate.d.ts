// Made by build.mjs from docs/run.schema.json.
interface Validate {
  (document: unknown): boolean;
  errors?: { instancePath: string; message?: string }[] | null;
}
declare module "*/validate.mjs" {
  const validate: Validate;
  export default validate;
}
