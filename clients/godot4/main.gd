# The scene: type a line, hear it, see the mouth and the words. ONCUE_URL and ONCUE_TOKEN name another server;
# with ONCUE_QUIT=1 it says one line and leaves.
extends Control

@onready var oncue = $OnCue
var widest := 0.0


func _ready() -> void:
	oncue.opened.connect(_on_opened)
	oncue.line_started.connect(_on_started)
	oncue.word_spoken.connect(_on_word)
	oncue.line_ended.connect(_on_ended)
	oncue.failed.connect(_on_failed)
	$Line.text_submitted.connect(_on_entered)
	var url := OS.get_environment("ONCUE_URL")
	oncue.open(url if url != "" else "http://127.0.0.1:8760", OS.get_environment("ONCUE_TOKEN"))
	oncue.speak("Hello there. I speak on cue.", {"duration": {"seconds": 2.5}})


func _process(_delta: float) -> void:
	$Mouth.size.y = 4 + 60 * oncue.mouth_open
	widest = maxf(widest, oncue.mouth_open)


func _unhandled_input(event: InputEvent) -> void:
	if event.is_action_pressed("ui_cancel"):
		oncue.stop()


func _on_entered(text: String) -> void:
	oncue.speak(text)
	$Line.text = ""


func _on_opened(voices: Array) -> void:
	print("voices: ", " ".join(PackedStringArray(voices)))


func _on_started(id: String, text: String, seconds: float, exact: bool) -> void:
	$Caption.text = ""
	print("line %s will be %.3f s (%s)" % [id, seconds, "exact" if exact else "expected"])


func _on_word(_id: String, text: String, _from: int, _to: int) -> void:
	$Caption.text += " " + text
	print("word: ", text)


func _on_ended(id: String, reason: String, seconds: float) -> void:
	print("line %s %s after %.3f s, mouth %.2f at most and %.2f now" % [id, reason, seconds, widest, oncue.mouth_open])
	if OS.get_environment("ONCUE_QUIT") == "1":
		get_tree().quit()


func _on_failed(message: String) -> void:
	printerr(message)
	if OS.get_environment("ONCUE_QUIT") == "1":
		get_tree().quit(1)
