# What a game may do: stop a line, ask for one that is refused, and queue others behind it.
extends SceneTree

var oncue


func _init() -> void:
	oncue = load("res://oncue.gd").new()
	root.add_child(oncue)
	oncue.connect("line_ended", self, "_on_ended")
	oncue.connect("word_spoken", self, "_on_word")
	oncue.open(OS.get_environment("ONCUE_URL"))
	oncue.speak("A line that goes on and on, and on, and on, and on and on.")
	oncue.speak("...")
	oncue.speak("Hello there, you.", {"duration": {"seconds": 1.0}})
	oncue.speak("Two.", {"emotion": {"preset": "happy"}, "duration": {"seconds": 0.8}})


func _on_word(id: String, _text: String, _from: int, _to: int) -> void:
	if id == "1":
		oncue.stop()


func _on_ended(id: String, reason: String, seconds: float) -> void:
	print("ended ", id, " ", reason)
	if id == "3":
		print("heard %.3f" % seconds)
	if id == "4":
		quit()
