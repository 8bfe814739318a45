// The page at /docs: every route with its fields and examples, to be tried out with a key of one's own.

SwaggerUIBundle({
  dom_id: "#api",
  url: "/openapi.json",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
