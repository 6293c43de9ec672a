package scripts

import "strings"

// headers are the fields of entries by the text between the start and the payload of
// a job. Jobs mostly differ in id, start and payload alone, so the rest of a text that
// was read before need not be read again. It belongs to one goroutine.
type headers map[string]entryFields

// fields reads the metadata of an entry, whose head ends at.
func (h headers) fields(text string, at int) (entryFields, error) {
	header, payload, ok := canonical(text[at:])
	if !ok {
		return parseFields(metadata(text, at))
	}
	fields, known := h[header]
	if !known {
		var err error
		if fields, err = parseFields(metadata(text, at)); err != nil {
			return fields, err
		}
		h[header] = fields
	}
	fields.payload = payload
	return fields, nil
}

// canonical takes apart what the commands write: the id, maybe the start, others, and
// the payload last, all without escapes. It answers what stands between start and
// payload. The payload of a text that is valid JSON is surely its last field, since
// no quote follows that opens it: a header that was once part of a valid text makes a
// valid text again.
func canonical(members string) (header, payload string, ok bool) {
	rest, ok := strings.CutPrefix(members, `"id":"`)
	if !ok {
		return "", "", false
	}
	end := strings.IndexByte(rest, '"')
	if end < 0 || !bare(rest[:end]) {
		return "", "", false
	}
	rest = rest[end+1:]
	if after, ok := strings.CutPrefix(rest, `,"start":`); ok {
		n := 0
		for n < len(after) && after[n] >= '0' && after[n] <= '9' {
			n++
		}
		if n == 0 || n > 1 && after[0] == '0' {
			return "", "", false
		}
		rest = after[n:] // what follows the whole seconds is part of the header
	} else if !strings.HasPrefix(rest, ",") {
		return "", "", false
	}
	header, payload, ok = strings.Cut(rest, `,"payload":"`)
	if !ok {
		return "", "", false
	}
	payload, ok = strings.CutSuffix(payload, `"}`)
	return header, payload, ok && strings.IndexByte(payload, '"') < 0 && bare(payload)
}

// bare tells whether a text without quotes is its own JSON string.
func bare(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] == '\\' {
			return false
		}
	}
	return true
}
