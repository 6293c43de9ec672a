package jobs

// Piece is a part of what an attempt under way has printed, as a worker tells it to
// Redis.
type Piece struct {
	Run    RunID
	Token  string
	Offset int64 // bytes that the attempt had printed before Text
	Text   string
	// Progress is how far the attempt says it is; empty: as before.
	Progress string
}
