// Package apirest is the gateway from HTTP and JSON to the services, and the description of what it serves. Everything but this file is generated, from the
// services and from rest.yaml, which says where each is found.
package apirest

import _ "embed"

//go:embed openapi.json
var openAPI string

// OpenAPI is the description of the paths below /v1/, in OpenAPI 2.0.
func OpenAPI() []byte { return []byte(openAPI) }
