package boardfile

import (
	"encoding/json"
	"maps"
)

// Schema is the JSON Schema (2020-12) of board files, made of the table by which
// they are read.
func Schema() ([]byte, error) {
	scalar := map[string]any{"type": []string{"string", "number", "boolean"}}
	properties := map[string]any{}
	for _, f := range table() {
		properties[f.name] = described(f)
	}
	job := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	schema := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Board file of jobs-agent",
		"description": "The jobs that this file puts on a board. Applying it removes what it has put there before and no longer names.",
		"type":        "object",
		"properties": map[string]any{
			"board":    map[string]any{"type": "string", "description": "name of the board; that of the command line if absent"},
			"name":     map[string]any{"type": "string", "description": "name of the board file; that of the file without folder and extension if absent"},
			"vars":     map[string]any{"type": []string{"object", "null"}, "additionalProperties": scalar, "description": "values of variables that neither --set nor the environment gives"},
			"defaults": map[string]any{"anyOf": []any{map[string]any{"$ref": "#/$defs/job"}, map[string]any{"type": "null"}}, "description": "what jobs have that do not say otherwise"},
			"jobs": map[string]any{
				"type": []string{"object", "null"}, "description": "job id: job",
				"propertyNames":        map[string]any{"minLength": 1, "maxLength": 512},
				"additionalProperties": map[string]any{"anyOf": []any{map[string]any{"$ref": "#/$defs/job"}, map[string]any{"type": "null"}}},
			},
		},
		"patternProperties":    map[string]any{"^x-": map[string]any{"description": "not looked at: a place for anchors"}},
		"required":             []string{"jobs"},
		"additionalProperties": false,
		"$defs":                map[string]any{"job": job},
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	return append(text, '\n'), err
}

// described is the schema of a field with what it means; null stands for the default.
func described(f field) any {
	schema := map[string]any{"description": f.doc}
	if own, ok := f.schema.(map[string]any); ok {
		if choices, ok := own["anyOf"].([]any); ok {
			schema["anyOf"] = append(append([]any{}, choices...), map[string]any{"type": "null"})
			return schema
		}
		schema["anyOf"] = []any{maps.Clone(own), map[string]any{"type": "null"}}
	}
	return schema
}
