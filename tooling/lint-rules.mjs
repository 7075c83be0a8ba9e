// Two lint rules of the project, loaded by .oxlintrc.json: a non-null assertion says why it holds, and a file opens
// with a comment that says what it is responsible for.

const nonNullNeedsComment = {
  meta: {
    type: "problem",
    docs: { description: "A non-null assertion needs a comment on its line or on the line above" },
  },
  create(context) {
    return {
      TSNonNullExpression(node) {
        const first = node.loc.start.line;
        const last = node.loc.end.line;
        const commented = context.sourceCode
          .getAllComments()
          .some((comment) => comment.loc.end.line >= first - 1 && comment.loc.start.line <= last);
        if (!commented) context.report({ node, message: "Say in a comment why this cannot be null or undefined" });
      },
    };
  },
};

const openingComment = {
  meta: {
    type: "suggestion",
    docs: { description: "A file opens with a comment that says what it is responsible for" },
  },
  create(context) {
    return {
      Program(node) {
        if (node.body.length === 0) return;
        const [first] = context.sourceCode.getAllComments();
        const opens = first !== undefined && first.range[0] < node.body[0].range[0];
        if (!opens) context.report({ node: node.body[0], message: "Open the file with what it is responsible for" });
      },
    };
  },
};

const plugin = {
  meta: { name: "crucible" },
  rules: { "non-null-needs-comment": nonNullNeedsComment, "opening-comment": openingComment },
};

export default plugin;
