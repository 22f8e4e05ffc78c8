package restapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/safejson"
)

//go:embed openapi.gen.json
var openAPI []byte

// describe returns the OpenAPI document with the methods that there are, and the
// schemas that they need.
func describe(visible map[string]*catalog.Method) ([]byte, error) {
	var doc map[string]json.RawMessage
	var paths map[string]json.RawMessage
	var components map[string]map[string]json.RawMessage
	err := json.Unmarshal(openAPI, &doc)
	if err == nil {
		err = json.Unmarshal(doc["paths"], &paths)
	}
	if err == nil {
		err = json.Unmarshal(doc["components"], &components)
	}
	if err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	tags := map[string]bool{}
	for path, item := range paths {
		var operations struct {
			Get struct {
				ID   string   `json:"operationId"`
				Tags []string `json:"tags"`
			} `json:"get"`
		}
		if err := json.Unmarshal(item, &operations); err != nil {
			return nil, fmt.Errorf("OpenAPI document: %s: %w", path, err)
		}
		if visible[operations.Get.ID] == nil {
			delete(paths, path)
			continue
		}
		for _, name := range operations.Get.Tags {
			tags[name] = true
		}
	}
	schemas := components["schemas"]
	needed := map[string]bool{}
	for _, item := range paths {
		need(item, schemas, needed)
	}
	for name := range schemas {
		if !needed[name] {
			delete(schemas, name)
		}
	}
	type tag struct {
		Name string `json:"name"`
	}
	var list []tag
	if err := json.Unmarshal(doc["tags"], &list); err != nil {
		return nil, fmt.Errorf("OpenAPI document: tags: %w", err)
	}
	list = slices.DeleteFunc(list, func(t tag) bool { return !tags[t.Name] })
	if doc["tags"], err = safejson.Marshal(list); err != nil {
		return nil, err
	}
	if doc["paths"], err = safejson.Marshal(paths); err != nil {
		return nil, err
	}
	if doc["components"], err = safejson.Marshal(components); err != nil {
		return nil, err
	}
	text, err := safejson.Marshal(doc)
	if err != nil {
		return nil, err
	}
	hidden := catalog.Hidden(func(method string) bool { return visible[method] != nil })
	return hidden.Document(text), nil
}

// need marks the schemas that a part of the document refers to.
func need(part json.RawMessage, schemas map[string]json.RawMessage, needed map[string]bool) {
	const mark = `"#/components/schemas/`
	for text := string(part); ; {
		_, rest, ok := strings.Cut(text, mark)
		if !ok {
			return
		}
		name, after, _ := strings.Cut(rest, `"`)
		if text = after; !needed[name] {
			needed[name] = true
			need(schemas[name], schemas, needed)
		}
	}
}
