// As much of UnityEngine as the component uses, by its documentation: names and types, no behaviour.
using System;

namespace UnityEngine
{
    public class Object { }
    public class Component : Object { public T GetComponent<T>() where T : new() { return new T(); } }
    public class MonoBehaviour : Component { }
    public class AudioClip : Object
    {
        public delegate void PCMReaderCallback(float[] data);
        public static AudioClip Create(string name, int lengthSamples, int channels, int frequency, bool stream, PCMReaderCallback reader)
        {
            return new AudioClip();
        }
    }
    public class AudioSource : Component
    {
        public AudioClip clip { get; set; }
        public bool loop { get; set; }
        public void Play() { }
    }
    public class SkinnedMeshRenderer : Component { public void SetBlendShapeWeight(int index, float value) { } }
    public static class Debug { public static void LogWarning(object message) { } }
    public static class Time { public static double realtimeSinceStartupAsDouble { get { return 0; } } }
    [AttributeUsage(AttributeTargets.Class)]
    public class RequireComponent : Attribute { public RequireComponent(Type type) { } }
    [AttributeUsage(AttributeTargets.Field)]
    public class TooltipAttribute : Attribute { public TooltipAttribute(string text) { } }
}
