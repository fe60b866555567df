// What Microsoft's Functions host does with each body before a function is asked: it reads it as text and parses that with
// Newtonsoft.Json, however it is signed. Arguments: how many at once, a file with the body.
#:package Newtonsoft.Json@13.0.4
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Text;
using Newtonsoft.Json.Linq;

var count = int.Parse(args[0]);
var body = File.ReadAllBytes(args[1]);
var process = Process.GetCurrentProcess();
var before = process.TotalProcessorTime;
var parses = Enumerable.Range(0, count).Select(_ => Task.Run(() =>
{
    var text = new StreamReader(new MemoryStream((byte[])body.Clone()), Encoding.UTF8).ReadToEnd();
    return (text, JObject.Parse(text));
})).ToArray();
try
{
    Task.WaitAll(parses);
}
catch (Exception error) when (error.GetBaseException() is OutOfMemoryException)
{
    Console.WriteLine("{ \"outOfMemory\": true }");
    return;
}
process.Refresh();
var seconds = (process.TotalProcessorTime - before).TotalSeconds;
Console.WriteLine($"{{ \"outOfMemory\": false, \"peakMb\": {process.PeakWorkingSet64 / 1048576}, \"cpuSeconds\": {seconds:F2} }}");
