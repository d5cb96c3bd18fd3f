# Voices for every line of a game, made by an OnCue server while it is played. Copy this file and oncue_voice.py into game/.
# A line that has a voice statement of its own keeps it. The next lines are fetched while this one is read.

default persistent.oncue = True     # a switch for the preferences screen

define oncue_cast = {}              # name of a character -> oncue_voice.Part(voice="mei", emotion="happy")
define oncue_ahead = 6              # lines fetched ahead
define oncue_patience = 1.5         # seconds a line waits for its voice; then it is shown without

init python:
    import os
    import oncue_voice

    _oncue = None

    def oncue():
        global _oncue
        if _oncue is None:
            _oncue = oncue_voice.OnCueVoice(
                os.path.join(config.gamedir, "oncue_cache"),
                url=os.environ.get("ONCUE_URL", "http://127.0.0.1:8760"), token=os.environ.get("ONCUE_TOKEN", ""),
                cast=oncue_cast, told=lambda sentence: renpy.log(sentence),
            )
        return _oncue

    def _oncue_says(node):
        """The say statement of a node, as (who, what), or None."""
        if isinstance(node, renpy.ast.Say):
            who = node.who and renpy.python.py_eval(node.who)
            name = getattr(who, "name", who) or ""
            return name, renpy.substitute(node.what)
        return None

    def _oncue_following(node, count):
        """The next lines as the script has them; a choice or a jump ends it."""
        while node is not None and count > 0:
            node = node.next
            if isinstance(node, renpy.ast.Translate):
                node = node.block[0]
            said = _oncue_says(node)
            if said is not None:
                count -= 1
                yield said

    def _oncue_auto_voice(identifier):
        """config.auto_voice: the file of the line that is about to be shown, or None."""
        if not persistent.oncue:
            return None
        node = renpy.game.script.lookup(renpy.game.context().current)
        said = _oncue_says(node)
        if said is None:
            return None
        voice = oncue()
        path = voice.ready(*said) or voice.wait(said[0], said[1], oncue_patience)
        voice.prefetch(_oncue_following(node, oncue_ahead))
        return path and "oncue_cache/" + path.name

    config.auto_voice = _oncue_auto_voice
    config.after_load_callbacks.append(lambda: _oncue and _oncue.forget_waiting())
