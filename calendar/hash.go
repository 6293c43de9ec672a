package calendar

// spread is the number by which what shall differ from job to job is chosen: the
// offset of jitter, and what H and ~ stand for. Another function would move every
// such job of every board, so it is written out here (FNV-1a of 64 bits, and the
// finisher of MurmurHash3, since the last bytes of ids differ most) and never changes.
func spread(id, purpose string) uint64 {
	h := uint64(14695981039346656037)
	for _, text := range [...]string{id, "\x00", purpose} {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
